//! Trains the models of Brown and others (1992) and scores a text with them, for `ngram entropy
//! --method brown1992` and a row of `ngram landmarks`.

use crate::entropy::{self, RawText};
use crate::input;
use crate::output;
use crate::progress::ProgressDisplay;
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_lab::brown1992::{Bound, Decomposed, Method, Pattern, Space, bound};
use ngram_lab::deleted_interpolation::{
    Conditional, DeletedInterpolation, Interpolated, LOG_BUCKETS, log_bucket,
};
use ngram_store::Progress;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Rounds of expectation maximisation over the held-out text; after these the weights hardly move.
const ROUNDS: usize = 50;

/// The cost of a text, and what was learnt to compute it.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// The cost.
    #[serde(flatten)]
    pub bound: Bound,
    /// Number of known lowercase tokens.
    vocabulary: u64,
    /// λ of the speller: characters per token of the training text.
    mean_length: f64,
}

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
        let RawText { text, invalid, .. } = entropy::read(&input, progress)?;
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
    let shown = match json {
        true => serde_json::to_string_pretty(&report).context("cannot write JSON")? + "\n",
        false => format!(
            "{}: an upper bound by the method of Brown et al. 1992\n\
             counted on {}: {} tokens in lower case, {:.2} characters each; weights fitted to {}\n{}",
            names[2],
            names[0],
            ngram_eval::number::grouped(measured.vocabulary),
            measured.mean_length,
            names[1],
            ngram_report::brown1992::bound(&measured.bound)
        ),
    };
    output::stdout().write_all(shown.as_bytes())?;
    Ok(())
}

/// Counts `train`, fits weights to `dev` and scores `test`. The vocabulary is that of `train`.
pub fn measure(
    train: &Decomposed,
    dev: &Decomposed,
    test: &Decomposed,
) -> anyhow::Result<Measured> {
    let Some(speller) = train.speller() else {
        bail!("the training text has no token: give a text to train on")
    };
    if dev.speller().is_none() {
        bail!("the development text has no token: weights need a text of their own to be fitted to")
    }
    let vocab = Vocab::new(train.vocabulary()).context("the training text")?;
    let vocabulary = vocab.view().len() as u64 - SPECIAL;
    let (train_ids, dev_ids) = (train.ids(vocab.view()), dev.ids(vocab.view()));
    let case =
        Conditional::train(Pattern::ALL.len() as u32, train.cases(&train_ids), dev.cases(&dev_ids));
    let space = Conditional::train(Space::KINDS, train.spaces(&train_ids), dev.spaces(&dev_ids));
    let tokens = DeletedInterpolation::train(Interpolated {
        vocab,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        train: &sentences(&train_ids),
        held_out: &sentences(&dev_ids),
        bucket: Box::new(|pair, single| log_bucket(pair) * LOG_BUCKETS + log_bucket(single)),
        buckets: LOG_BUCKETS * LOG_BUCKETS,
        rounds: ROUNDS,
    });
    let method =
        Method { tokens: &tokens, speller, case: &case, space: &space, gaps: train.gaps() };
    Ok(Measured { bound: bound(&method, test), vocabulary, mean_length: speller.mean })
}

/// The number of special words: `<unk>`, `<s>` and `</s>`.
const SPECIAL: u64 = 3;

fn sentences(ids: &[WordId]) -> Vec<&[WordId]> {
    ids.split_inclusive(|id| *id == WordId::END).collect()
}
