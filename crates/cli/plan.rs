//! `ngram train --plan`: the estimated cost of a training run.

use crate::summary::{bytes, group};
use ngram_train::{Plan, TrainOptions};
use std::fmt::Write;

/// Bytes of text to sample.
pub const SAMPLE: u64 = 16 << 20;

/// Formats the plan as a table.
pub fn table(plan: &Plan, options: &TrainOptions) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} of text, of which {} were sampled: about {} tokens",
        bytes(plan.bytes),
        bytes(plan.sampled),
        group(plan.tokens)
    );
    let _ = writeln!(text, "\n{:>5} {:>14}", "order", "n-grams");
    for (order, &ngrams) in (1..).zip(&plan.ngrams) {
        let _ = writeln!(text, "{order:>5} {:>14}", group(ngrams));
    }
    let _ = writeln!(text, "{:>5} {:>14}\n", "all", group(plan.ngrams.iter().sum()));
    let allowed = match options.resources.memory {
        u64::MAX => String::new(),
        memory => format!("; {} are allowed", bytes(memory)),
    };
    let _ = writeln!(text, "memory          {} to keep all there{allowed}", bytes(plan.memory));
    let _ = match plan.temporary {
        0 => writeln!(text, "temporary files none"),
        size => writeln!(
            text,
            "temporary files up to {} in {}",
            bytes(size),
            options.resources.temp_dir.display()
        ),
    };
    let _ = writeln!(text, "model           {}", bytes(plan.model));
    text
}
