//! The result: a row a figure, a column a broker, medians and ratios to the limit.

use std::fmt;

use crate::broker::Kind;

/// What one broker measured, round by round.
type Cell = (&'static str, Vec<f64>);

#[derive(Default)]
pub struct Table {
    rows: Vec<(String, Vec<Cell>)>,
}

const COLUMNS: [&str; 3] = ["limit", "klamm", "kafka"];

impl Table {
    pub fn add(&mut self, figure: &str, kind: &Kind, value: f64) {
        let row = match self.rows.iter().position(|(name, _)| name == figure) {
            Some(row) => row,
            None => {
                self.rows.push((figure.to_owned(), Vec::new()));
                self.rows.len() - 1
            }
        };
        let cells = &mut self.rows[row].1;
        match cells.iter_mut().find(|(name, _)| *name == kind.name()) {
            Some((_, values)) => values.push(value),
            None => cells.push((kind.name(), vec![value])),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<42}{:>12}{:>12}{:>12}{:>14}{:>14}",
            "median of the rounds", "limit", "klamm", "kafka", "klamm/limit", "kafka/klamm"
        )?;
        for (figure, cells) in &self.rows {
            let [limit, klamm, kafka] = COLUMNS.map(|column| {
                cells.iter().find(|(name, _)| *name == column).map(|(_, values)| median(values))
            });
            let ratio = |over: Option<f64>, under: Option<f64>| match (over, under) {
                (Some(over), Some(under)) if under > 0.0 => format!("{:.2}", over / under),
                _ => "-".to_owned(),
            };
            let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
            writeln!(
                f,
                "{figure:<42}{:>12}{:>12}{:>12}{:>14}{:>14}",
                cell(limit),
                cell(klamm),
                cell(kafka),
                ratio(klamm, limit),
                ratio(kafka, klamm)
            )?;
        }
        Ok(())
    }
}

fn number(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
