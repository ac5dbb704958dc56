//! Shows progress on standard error: a bar on a terminal, else a line every few seconds.

use crate::stop;
use crate::tell::tell;
use indicatif::{ProgressBar, ProgressStyle};
use ngram_store::Progress;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a stage runs before its first line, and between lines.
const PAUSE: Duration = Duration::from_secs(5);

/// A listener that displays progress. A bar left in the middle of a stage is erased.
pub struct ProgressDisplay {
    style: Style,
    stage: Mutex<Option<Stage>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Quiet,
    Lines,
    Bar,
}

struct Stage {
    name: String,
    unit: String,
    total: Option<u64>,
    done: u64,
    begun: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl ProgressDisplay {
    /// Creates a display that shows nothing if `quiet`.
    pub fn new(quiet: bool) -> ProgressDisplay {
        let style = match std::io::stderr().is_terminal() {
            _ if quiet => Style::Quiet,
            true => Style::Bar,
            false => Style::Lines,
        };
        ProgressDisplay { style, stage: Mutex::new(None) }
    }

    /// Returns a function that shows how many more bytes were done, and says whether to go on.
    pub fn listener(&self) -> impl FnMut(u64) -> ControlFlow<()> {
        |bytes| {
            self.advance(bytes);
            if stop::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for ProgressDisplay {
    fn begin(&self, stage: &str, total: Option<u64>, unit: &str) {
        self.end();
        let begun = Instant::now();
        *self.stage() = Some(Stage {
            name: stage.to_owned(),
            unit: unit.to_owned(),
            total,
            done: 0,
            begun,
            told: begun,
            bar: (self.style == Style::Bar).then(|| bar(stage, total, unit)),
        });
    }

    fn advance(&self, units: u64) {
        let mut guard = self.stage();
        let Some(stage) = guard.as_mut() else { return };
        stage.done += units;
        if let Some(bar) = &stage.bar {
            bar.set_position(stage.done);
        } else if self.style == Style::Lines && stage.told.elapsed() >= PAUSE {
            stage.told = Instant::now();
            tell!("{}", stage.line(stage.begun.elapsed()));
        }
    }

    fn end(&self) {
        if let Some(Stage { bar: Some(bar), .. }) = self.stage().take() {
            bar.finish_and_clear();
        }
    }

    fn cancelled(&self) -> bool {
        stop::requested()
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        self.end();
    }
}

fn bar(stage: &str, total: Option<u64>, unit: &str) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    let template = match (total, unit) {
        (Some(_), "bytes") => {
            "{msg:<12} [{bar:30}] {decimal_bytes} of {decimal_total_bytes}, \
             {decimal_bytes_per_sec}, {eta} left"
        }
        (Some(_), _) => {
            "{msg:<12} [{bar:30}] {human_pos} of {human_len} {prefix}, {per_sec}, {eta} left"
        }
        (None, "bytes") => "{msg:<12} {spinner} {decimal_bytes}, {decimal_bytes_per_sec}",
        (None, _) => "{msg:<12} {spinner} {human_pos} {prefix}, {per_sec}",
    };
    let style = ProgressStyle::with_template(template);
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(stage.to_owned());
    bar.set_prefix(unit.to_owned());
    bar
}

impl Stage {
    /// Formats the progress after the elapsed time.
    fn line(&self, elapsed: Duration) -> String {
        let rate = self.done as f64 / elapsed.as_secs_f64().max(1e-3);
        let done = amount(self.done as f64, &self.unit);
        let mut line = match self.total {
            Some(total) => format!("{}: {done} of {}", self.name, amount(total as f64, &self.unit)),
            None => format!("{}: {done}", self.name),
        };
        line.push_str(&format!(", {} a second", amount(rate, &self.unit)));
        if let Some(total) = self.total
            && rate > 0.0
        {
            let left = total.saturating_sub(self.done) as f64 / rate;
            line.push_str(&format!(", {} left", time(left)));
        }
        line
    }
}

/// Formats a number of units to about three digits, such as `1.23 million n-grams`, `45.6 MB`.
fn amount(number: f64, unit: &str) -> String {
    let (scaled, step) = [(1e9, 3), (1e6, 2), (1e3, 1)]
        .into_iter()
        .find(|(size, _)| number >= *size)
        .map_or((number, 0), |(size, step)| (number / size, step));
    let digits = if step == 0 { 0 } else { 1 };
    match unit {
        "bytes" => format!("{scaled:.digits$} {}", ["bytes", "kB", "MB", "GB"][step]),
        _ => {
            let scale = ["", " thousand", " million", " billion"][step];
            format!("{scaled:.digits$}{scale} {unit}")
        }
    }
}

fn time(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(total: Option<u64>, done: u64, unit: &str, seconds: u64) -> String {
        let begun = Instant::now();
        let stage = Stage {
            name: "reading".to_owned(),
            unit: unit.to_owned(),
            total,
            done,
            begun,
            told: begun,
            bar: None,
        };
        stage.line(Duration::from_secs(seconds))
    }

    #[test]
    fn lines_tell_amount_rate_and_time_left() {
        assert_eq!(
            line(Some(700_000_000), 100_000_000, "bytes", 10),
            "reading: 100.0 MB of 700.0 MB, 10.0 MB a second, 1 min 0 s left"
        );
        assert_eq!(
            line(None, 2_500, "n-grams", 5),
            "reading: 2.5 thousand n-grams, 500 n-grams a second"
        );
        assert_eq!(
            line(Some(1_000_000), 100, "tokens", 10),
            "reading: 100 tokens of 1.0 million tokens, 10 tokens a second, 27 h 46 min left"
        );
        assert_eq!(
            line(Some(10), 0, "tokens", 10),
            "reading: 0 tokens of 10 tokens, 0 tokens a second"
        );
    }

    #[test]
    fn a_quiet_listener_may_be_told_anything() {
        let shown = ProgressDisplay::new(true);
        shown.advance(1);
        shown.end();
        shown.begin("a", None, "bytes");
        shown.advance(1);
        shown.begin("b", Some(0), "tokens");
        shown.end();
    }
}
