//! The way in a terminal: bootstrap, told, reached, used; then what is wrong with it.

use std::time::Duration;

use super::Report;
use super::survey::Examination;
use crate::cli::client::output::Style;
use crate::cli::wrap::wrap;
use crate::listener::probe::{
    Answer, Attempt, Coordinator, Diagnosis, Door, Refusal, RoundTrip, Told, View,
};
use crate::listener::{Finding, Syntax, mistake_of};

/// Wider lines are hard to read, whatever the terminal allows.
const WIDTH_MAX: usize = 100;
/// Where no terminal says.
const WIDTH_DEFAULT: usize = 80;
/// Names of steps and of addresses stand in a column this wide at least.
const LABEL: usize = 11;
/// A time and the space before it.
const TIME: usize = 9;
/// Of more brokers only those in trouble are shown.
const BROKERS_MAX: usize = 12;

/// Where to draw.
pub(super) struct Canvas {
    style: Style,
    width: usize,
    lines: Vec<String>,
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Bad,
    /// Not tried, or of no matter.
    Neutral,
}

impl Mark {
    fn of(good: bool) -> Mark {
        if good { Mark::Good } else { Mark::Bad }
    }
}

impl Canvas {
    /// As wide as the terminal, in colours if it has them.
    pub(super) fn of_stdout() -> Canvas {
        let size = rustix::termios::tcgetwinsize(std::io::stdout());
        let columns = size.map_or(WIDTH_DEFAULT, |size| usize::from(size.ws_col));
        let width = if columns == 0 { WIDTH_DEFAULT } else { columns.min(WIDTH_MAX) };
        Canvas { style: Style::of_stdout(), width, lines: Vec::new() }
    }

    /// The lines.
    pub(super) fn draw(mut self, report: &Report) -> Vec<String> {
        let examination = &report.examination;
        self.lines.push(String::new());
        self.bootstrap(examination);
        if examination.survey.bootstrap.iter().any(Door::is_open) {
            self.told(examination);
            self.reached(examination);
            self.used(examination);
        }
        // The way ends here.
        if self.lines.last().is_some_and(|line| *line == self.stem()) {
            self.lines.pop();
        }
        for view in views_by_place(&report.views) {
            self.view(view);
        }
        for diagnosis in &report.diagnoses {
            self.finding(diagnosis);
        }
        self.verdict(report);
        self.lines
    }

    fn bootstrap(&mut self, examination: &Examination) {
        let doors = &examination.survey.bootstrap;
        let good = doors.iter().any(Door::is_open);
        let names: Vec<String> = doors.iter().map(|door| door.endpoint.to_string()).collect();
        let head = format!("{} in {}", names.join(","), examination.survey.asked);
        self.head(Mark::of(good), "bootstrap", &head, None);
        for door in doors {
            if doors.len() > 1 {
                self.branch(Mark::Neutral, &door.endpoint.to_string(), "", None);
            }
            self.door(door, &|attempt| what(&attempt.answer));
        }
        self.joint();
    }

    fn told(&mut self, examination: &Examination) {
        let survey = &examination.survey;
        let cluster = match &survey.cluster_id {
            Some(id) => format!("cluster {id}"),
            None => "a cluster without an id".to_owned(),
        };
        let mut text = format!("{cluster}, {}", count(survey.told.len(), "broker"));
        if let Some(topics) = examination.topics {
            text.push_str(&format!(", {}", count(topics, "topic")));
        }
        let took = examination.steps.iter().find(|step| step.name == "metadata");
        self.head(Mark::of(!survey.told.is_empty()), "told", &text, took.map(|step| step.took));
        for told in shown(&survey.told) {
            let label = format!("broker {}", told.node);
            let listener = survey.settings.get(&told.node);
            let listener = listener.and_then(|it| it.listener_of(&told.door.endpoint));
            let name = listener.map_or_else(String::new, |name| format!(" on listener {name}"));
            let text = format!("{}{name}", told.door.endpoint);
            self.branch(Mark::Neutral, &label, &text, None);
        }
        for node in &examination.fenced {
            let text = "fenced: registered, and not in service";
            self.branch(Mark::Neutral, &format!("broker {node}"), text, None);
        }
        self.joint();
    }

    fn reached(&mut self, examination: &Examination) {
        let survey = &examination.survey;
        if survey.told.is_empty() {
            return;
        }
        let is_right = |told: &Told| survey.is_itself(told);
        let right = survey.told.iter().filter(|told| is_right(told)).count();
        let text = format!("{right} of {}", count(survey.told.len(), "broker"));
        self.head(Mark::of(survey.told.iter().all(is_right)), "reached", &text, None);
        for told in shown(&survey.told) {
            let label = format!("broker {}", told.node);
            match &told.door.unresolved {
                Some(why) => {
                    let text = format!("{} does not resolve: {why}", told.door.host());
                    self.branch(Mark::Bad, &label, &text, Some(told.door.resolving));
                }
                None => {
                    for attempt in &told.door.attempts {
                        let good = survey.is_answer_of(told, &attempt.answer);
                        let who = who(&attempt.answer, survey.cluster_id.as_deref(), told.node);
                        let text = format!("{} {who}", attempt.address);
                        self.branch(Mark::of(good), &label, &text, Some(attempt.took));
                    }
                }
            }
        }
        self.joint();
    }

    fn used(&mut self, examination: &Examination) {
        let survey = &examination.survey;
        let took = |name: &str| {
            examination.steps.iter().find(|step| step.name == name).map(|step| step.took)
        };
        let (mark, text) = match &survey.coordinator {
            Coordinator::Node(node) => (Mark::Good, format!("broker {node}")),
            Coordinator::Missing(error) => (Mark::Bad, format!("none: {error}")),
            Coordinator::NotAsked(reason) => (Mark::Neutral, format!("not asked: {reason}")),
        };
        self.head(mark, "coordinator", &text, took("coordinator"));
        self.joint();
        let (mark, text) = match &survey.round_trip {
            RoundTrip::Done => {
                (Mark::Good, "a record there and back, through every broker".to_owned())
            }
            RoundTrip::Failed { step, .. } => (Mark::Bad, format!("{step} failed")),
            RoundTrip::NotTried(reason) => (Mark::Neutral, format!("not tried: {reason}")),
        };
        let of_trip = |name: &str| !matches!(name, "metadata" | "coordinator");
        let steps: Vec<_> = examination.steps.iter().filter(|step| of_trip(step.name)).collect();
        let total = (!steps.is_empty()).then(|| steps.iter().map(|step| step.took).sum());
        self.head(mark, "round trip", &text, total);
        for step in steps {
            self.branch(Mark::Neutral, step.name, "", Some(step.took));
        }
    }

    fn view(&mut self, views: &[View]) {
        let Some(first) = views.first() else { return };
        let good = views.iter().all(|view| view.id.is_none());
        self.lines.push(String::new());
        self.head(Mark::of(good), "from", &first.place.to_string(), None);
        for view in views {
            let id = view.id.map_or_else(String::new, |id| format!(" ({id})"));
            let text = format!("{}: {}{id}", view.endpoint, view.what);
            let label = format!("broker {}", view.node);
            self.branch(Mark::of(view.id.is_none()), &label, &text, None);
        }
    }

    fn finding(&mut self, diagnosis: &Diagnosis) {
        let finding = &diagnosis.finding;
        let mark = if diagnosis.blocks { Mark::Bad } else { Mark::Neutral };
        let remark = if diagnosis.blocks { "" } else { "   clients come around it" };
        self.lines.push(String::new());
        self.lines.push(format!(
            " {} {} {}{}",
            self.mark(mark),
            self.style.bold(finding.id),
            self.style.bold(title(finding)),
            self.style.dim(remark)
        ));
        self.paragraph("seen", &finding.evidence);
        self.paragraph("why", &finding.cause);
        self.paragraph("fix", &finding.fix.advice);
        for (setting, value) in &finding.fix.set {
            self.lines.push(format!("         {}", Syntax::Properties.assignment(setting, value)));
        }
        if mistake_of(finding.id).is_some() {
            self.paragraph("more", &format!("klamm explain {}", finding.id));
        }
    }

    fn paragraph(&mut self, label: &str, text: &str) {
        for (index, line) in wrap(text, self.width.saturating_sub(9)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let label = self.style.dim(&format!("{label:4}"));
            self.lines.push(format!("   {label}  {line}"));
        }
    }

    fn verdict(&mut self, report: &Report) {
        let took = duration(report.examination.took);
        let blocking = report.blocking().count();
        let text = if blocking == 0 {
            let remarks = match report.diagnoses.len() {
                0 => String::new(),
                others => format!(", with {}", count(others, "remark")),
            };
            format!("{}{remarks}, {took}", self.style.green("healthy"))
        } else {
            let what = if blocking == 1 { "1 finding" } else { "findings" };
            let what = if blocking == 1 { what.to_owned() } else { format!("{blocking} {what}") };
            let code = report.exit().code();
            format!("{}, exit code {code}, {took}", self.style.red(&what))
        };
        self.lines.push(String::new());
        self.lines.push(format!(" {text}"));
    }

    fn door(&mut self, door: &Door, text: &dyn Fn(&Attempt) -> String) {
        if let Some(why) = &door.unresolved {
            let text = format!("{} does not resolve: {why}", door.host());
            self.branch(Mark::Bad, "", &text, Some(door.resolving));
        }
        for attempt in &door.attempts {
            let mark = Mark::of(attempt.answer.is_kafka());
            let label = attempt.address.to_string();
            self.branch(mark, &label, &text(attempt), Some(attempt.took));
        }
    }

    /// A step of the way.
    fn head(&mut self, mark: Mark, label: &str, text: &str, took: Option<Duration>) {
        let label = format!("{label:LABEL$}");
        let start = format!(" {} {}", self.mark(mark), self.style.bold(&label));
        self.row(&start, 3 + label.chars().count(), text, took);
    }

    /// A part of a step.
    fn branch(&mut self, mark: Mark, label: &str, text: &str, took: Option<Duration>) {
        let label = format!("{label:width$}", width = LABEL - 2);
        let mark = if mark == Mark::Neutral { " ".to_owned() } else { self.mark(mark) };
        let start = format!("{} {mark} {label}", self.stem());
        self.row(&start, 5 + label.chars().count(), text, took);
    }

    fn joint(&mut self) {
        self.lines.push(self.stem());
    }

    fn stem(&self) -> String {
        format!(" {}", self.style.dim("│"))
    }

    /// A line whose start takes `indent` columns, with a time at its end; a long text goes on
    /// below itself.
    fn row(&mut self, start: &str, indent: usize, text: &str, took: Option<Duration>) {
        let room = self.width.saturating_sub(indent + 2 + TIME);
        let lines = wrap(text, room);
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                self.lines.push(format!("{}{}{line}", self.stem(), " ".repeat(indent)));
                continue;
            }
            let time = took.map_or_else(String::new, duration);
            let gap = self.width.saturating_sub(indent + 2 + line.chars().count());
            let gap = gap.max(time.chars().count() + 1);
            let time = if time.is_empty() { time } else { format!("{time:>gap$}") };
            let row = format!("{start}  {line}{}", self.style.dim(&time));
            self.lines.push(row.trim_end().to_owned());
        }
    }

    fn mark(&self, mark: Mark) -> String {
        match mark {
            Mark::Good => self.style.green("✓"),
            Mark::Bad => self.style.red("✗"),
            Mark::Neutral => self.style.dim("·"),
        }
    }
}

/// What an address answered, to follow its name.
fn what(answer: &Answer) -> String {
    match answer {
        Answer::Kafka { .. } => "Kafka answers".to_owned(),
        Answer::Refused => "refuses the connection".to_owned(),
        Answer::Unanswered => "does not answer".to_owned(),
        Answer::Unreachable(why) => format!("cannot be reached: {why}"),
        Answer::Closed => "accepts the connection and closes it".to_owned(),
        Answer::Silent => "accepts the connection and says nothing".to_owned(),
        Answer::Tls => "answers in TLS".to_owned(),
        Answer::Plaintext => "answers in plaintext".to_owned(),
        Answer::Http(line) => format!("answers in HTTP: {line}"),
        Answer::Stranger(bytes) => format!("answers something else: {bytes}"),
        Answer::Turned(refusal) => turned(refusal),
    }
}

fn turned(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Certificate(why) => format!("shows a certificate that is not accepted: {why}"),
        Refusal::CertificateName(why) => format!("shows a certificate for another name: {why}"),
        Refusal::Handshake(alert) => format!("breaks the TLS handshake off: {alert}"),
        Refusal::SaslWanted => "wants SASL".to_owned(),
        Refusal::NoSasl => "has no SASL".to_owned(),
        Refusal::Mechanism { offered, .. } => format!("offers SASL {}", offered.join(", ")),
        Refusal::Credentials(why) => format!("refuses the login: {why}"),
    }
}

/// The catalogue's, or what is no matter of addresses.
fn title(finding: &Finding) -> &'static str {
    match (finding.title(), finding.id) {
        ("", "TLS") => "The TLS handshake fails",
        ("", "SASL") => "The login fails",
        ("", _) => "The cluster does not work",
        (title, _) => title,
    }
}

/// Whether it is the broker that was told.
fn who(answer: &Answer, cluster: Option<&str>, node: i32) -> String {
    match answer {
        Answer::Kafka { cluster_id, .. } if cluster_id.as_deref() != cluster => {
            format!("belongs to another cluster: {}", cluster_id.as_deref().unwrap_or("no id"))
        }
        Answer::Kafka { node: Some(other), .. } if *other != node => {
            format!("is broker {other}")
        }
        Answer::Kafka { node: Some(_), .. } => format!("is broker {node}"),
        Answer::Kafka { .. } => "is of this cluster".to_owned(),
        other => what(other),
    }
}

/// The brokers to show: all, or those in trouble.
fn shown(told: &[Told]) -> Vec<&Told> {
    let is_shown = |told: &&Told| !told.door.is_open();
    if told.len() <= BROKERS_MAX {
        told.iter().collect()
    } else {
        told.iter().filter(is_shown).take(BROKERS_MAX).collect()
    }
}

/// The views of each place.
fn views_by_place(views: &[View]) -> impl Iterator<Item = &[View]> {
    views.chunk_by(|one, other| one.place == other.place)
}

fn count(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Milliseconds, or seconds where they are many.
fn duration(took: Duration) -> String {
    let ms = took.as_millis();
    if ms < 10_000 { format!("{ms} ms") } else { format!("{:.1} s", took.as_secs_f64()) }
}
