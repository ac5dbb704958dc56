//! `ngram entropy --method brown1992`: reads the texts, and prints what they cost.

use crate::input;
use crate::output;
use crate::progress::ProgressDisplay;
use crate::raw_text::RawText;
use crate::tell::tell;
use anyhow::bail;
use ngram_lab::brown1992::{Bound, Decomposed, Measured, measure};
use ngram_store::Progress;
use ngram_tokenizer::TokenizerKind;
use serde::Serialize;
use std::path::Path;

/// The report as JSON.
#[derive(Serialize)]
struct Report<'r> {
    method: &'static str,
    tokenizer: &'static str,
    train: &'r str,
    dev: &'r str,
    test: &'r str,
    #[serde(flatten)]
    measured: &'r Measured,
    bits_per_character: PerCharacter,
    perplexity: Option<f64>,
}

/// Bits per character; `None` for an empty text.
#[derive(Serialize)]
struct PerCharacter {
    token: Option<f64>,
    spelling: Option<f64>,
    case: Option<f64>,
    space: Option<f64>,
    total: Option<f64>,
}

impl PerCharacter {
    fn new(bound: &Bound) -> PerCharacter {
        PerCharacter {
            token: bound.per_character(bound.token_bits),
            spelling: bound.per_character(bound.spelling_bits),
            case: bound.per_character(bound.case_bits),
            space: bound.per_character(bound.space_bits),
            total: bound.per_character(bound.total_bits()),
        }
    }
}

/// Reads the texts to count, to fit to and to score, scores the last, and prints the report.
pub fn run(
    files: [&Path; 3],
    tokenizer: &TokenizerKind,
    json: bool,
    progress: &ProgressDisplay,
) -> anyhow::Result<()> {
    if !matches!(tokenizer, TokenizerKind::Words | TokenizerKind::Whitespace) {
        bail!(
            "--tokenizer {}: the method of 1992 needs tokens with gaps between them; choose words or whitespace",
            tokenizer.name()
        );
    }
    let mut texts = Vec::new();
    let mut names = Vec::new();
    for file in files {
        let input = input::single(file)?;
        progress.begin("reading", input.size, "bytes");
        let RawText { text, invalid, .. } = RawText::read(&input, progress)?;
        progress.end();
        if text.is_empty() {
            bail!("{} is empty: there is nothing to measure or learn from", input.name);
        }
        if invalid > 0 {
            tell!("{}: {invalid} byte sequences are not UTF-8 and were read as U+FFFD", input.name);
        }
        texts.push(Decomposed::read(&text, tokenizer.clone()));
        names.push(input.name);
    }
    progress.begin("measuring", None, "");
    let measured = measure(&texts[0], &texts[1], &texts[2])?;
    progress.end();
    let report = Report {
        method: "brown1992",
        tokenizer: tokenizer.name(),
        train: &names[0],
        dev: &names[1],
        test: &names[2],
        bits_per_character: PerCharacter::new(&measured.bound),
        perplexity: measured.bound.perplexity(),
        measured: &measured,
    };
    output::report(json, &report, || {
        format!(
            "{}: an upper bound by the method of Brown et al. 1992\n\
             counted on {}: {} tokens in lower case, {:.2} characters each; weights fitted to {}\n{}",
            names[2],
            names[0],
            ngram_eval::number::grouped(measured.vocabulary),
            measured.mean_length,
            names[1],
            ngram_report::brown1992::bound(&measured.bound)
        )
    })
}
