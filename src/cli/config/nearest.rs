//! The known name that a misspelt one is nearest to.

use crate::cluster::{TOPIC_KEYS, broker_keys};

/// The nearest known setting, if it is near enough to be meant.
#[must_use]
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let topic = TOPIC_KEYS.iter().find(|topic| topic.key.name == name);
    if let Some(synonym) = topic.and_then(|topic| topic.synonyms.first()) {
        return Some(synonym.name);
    }
    let limit = (name.chars().count() / 4).clamp(1, 4);
    let names = broker_keys().filter(|key| !key.is_internal).map(|key| key.key.name);
    let distances = names.map(|known| (distance(name, known), known));
    distances.min().filter(|(distance, _)| *distance <= limit).map(|(_, known)| known)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let changed = last[j] + usize::from(a != b);
            let mut best = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}
