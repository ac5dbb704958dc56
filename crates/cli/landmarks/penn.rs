//! R2: the Penn Treebank as Mikolov prepared it, with 10,000 words. Its licence does not let anyone pass it
//! on, so the user has to bring it.

use super::{Claim, Lab, Row, Tolerance};
use crate::corpus::checksum::md5;
use crate::summary::group;
use anyhow::{Context, bail};
use ngram_counts::{Progress, Text};
use ngram_model::{TrainOptions, smoothing};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::path::Path;

/// Name, bytes and MD5 of each file.
const FILES: [(&str, usize, &str); 3] = [
    ("ptb.train.txt", 5_101_618, "f26c4b92c5fdc7b3f8c7cdcb991d8420"),
    ("ptb.valid.txt", 399_782, "aa0affc06ff7c36e977d7cd49e3839bf"),
    ("ptb.test.txt", 449_945, "8b80168b89c18661a38ef683c0dc3721"),
];

const CITATION: &str = "Mikolov et al. 2011";
const CONDITIONS: &str = "Penn Treebank, sections 0–20 to train on, 23–24 to test; 10,000 words, <unk> one of them; ends of sentences predicted";
const DATA: &str = "the same files, sentence by sentence";
const ABSENT: &str = "give the folder of ptb.train.txt, ptb.valid.txt and ptb.test.txt with --ptb";

/// The three files, checked.
pub struct Penn {
    train: String,
    /// Validation and test.
    held_out: [String; 2],
}

impl Penn {
    /// Reads the files in `folder`, which must be those of the published figures to the last bit.
    pub fn open(folder: &Path) -> anyhow::Result<Penn> {
        let read = |(name, bytes, sum): (&str, usize, &str)| {
            let path = folder.join(name);
            let text = std::fs::read(&path)
                .with_context(|| format!("--ptb: cannot read {}", path.display()))?;
            let found = md5(&text);
            if found != sum {
                bail!(
                    "--ptb: {} is not the file that the published figures are about: its MD5 is {found} \
                     over {} bytes, theirs {sum} over {}",
                    path.display(),
                    group(text.len() as u64),
                    group(bytes as u64)
                );
            }
            String::from_utf8(text).with_context(|| path.display().to_string())
        };
        let [train, valid, test] = FILES;
        Ok(Penn { train: read(train)?, held_out: [read(valid)?, read(test)?] })
    }
}

/// A model, what was published of it on the test text if anything, and what another implementation found
/// on the validation and the test text.
struct Model {
    id: &'static str,
    name: &'static str,
    smoothing: &'static str,
    order: usize,
    published: Option<f64>,
    expected: [f64; 2],
}

const fn model(
    id: &'static str,
    name: &'static str,
    smoothing: &'static str,
    order: usize,
    published: Option<f64>,
    expected: [f64; 2],
) -> Model {
    Model { id, name, smoothing, order, published, expected }
}

const MKN: &str = "modified-kneser-ney";
const MODELS: &[Model] = &[
    model("MKN2", "modified Kneser–Ney, order 2", MKN, 2, None, [199.02, 185.70]),
    model("MKN3", "modified Kneser–Ney, order 3", MKN, 3, Some(148.3), [157.77, 148.28]),
    model("MKN4", "modified Kneser–Ney, order 4", MKN, 4, None, [149.90, 142.72]),
    model("MKN5", "modified Kneser–Ney, order 5", MKN, 5, Some(141.2), [148.01, 141.19]),
    model("KN3", "Kneser–Ney, order 3", "kneser-ney", 3, None, [161.40, 150.60]),
    model("KN4", "Kneser–Ney, order 4", "kneser-ney", 4, None, [153.44, 145.10]),
    model("KN5", "Kneser–Ney, order 5", "kneser-ney", 5, None, [151.42, 143.51]),
];

/// The rows.
pub fn rows(lab: &Lab) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for model in MODELS {
        match &lab.ptb {
            Some(penn) => rows.extend(measured(lab, penn, model)?),
            None => rows.push(row(model, "test").missing(ABSENT)),
        }
    }
    // The published figures of what follows are known, and its protocol; what it takes is not built.
    let rest = [
        ("GT3", "Good–Turing, order 3", 165.2, false),
        ("GT5", "Good–Turing, order 5", 162.3, true),
        ("KN5-cache", "Kneser–Ney, order 5, and a unigram cache", 125.7, false),
    ];
    for (id, name, published, reported) in rest {
        let row = Row::new(format!("R2-{id}-test"), name, "perplexity")
            .source(2011, CITATION, CONDITIONS)
            .published(published);
        let row = if reported { row.reported() } else { row };
        rows.push(row.not_yet("no protocol for this model is built in"));
    }
    Ok(rows)
}

fn row(model: &Model, part: &str) -> Row {
    let quantity = format!("{}, {part}", model.name);
    let row = Row::new(format!("R2-{}-{part}", model.id), quantity, "perplexity");
    let row = row.source(2011, CITATION, CONDITIONS);
    match model.published.filter(|_| part == "test") {
        // The figure of order 3 is known from hearsay only.
        Some(published) if model.order == 3 => row.published(published).reported(),
        Some(published) => row.published(published),
        None => row,
    }
}

fn measured(lab: &Lab, penn: &Penn, model: &Model) -> anyhow::Result<Vec<Row>> {
    lab.progress.begin(model.name, None, "");
    let options = TrainOptions {
        order: model.order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: smoothing::by_name(model.smoothing)?,
        open: false,
        ..TrainOptions::default()
    };
    let text = Text::bytes("ptb.train.txt", penn.train.clone().into_bytes());
    let trained = lab.trainer.model(&[text], options)?;
    let mut rows = Vec::new();
    for ((part, text), expected) in ["valid", "test"].iter().zip(&penn.held_out).zip(model.expected)
    {
        let figures = ngram_eval::evaluate(&trained, text).figures;
        let perplexity = figures.perplexity_including_oovs.context("the text is empty")?;
        let over = format!("{} tokens", group(figures.tokens));
        let row = row(model, part).ours(perplexity, DATA, over).expect(expected, 0.02);
        rows.push(row.claim(Claim::Same(Tolerance::Absolute(0.1))));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = format!("{:#}", Penn::open(folder.path()).err().unwrap());
        assert!(error.contains("cannot read") && error.contains("ptb.train.txt"), "{error}");
        std::fs::write(folder.path().join("ptb.train.txt"), "abc").unwrap();
        let error = Penn::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("900150983cd24fb0d6963f7d28e17f72 over 3 bytes"), "{error}");
        assert!(error.contains("f26c4b92c5fdc7b3f8c7cdcb991d8420 over 5,101,618"), "{error}");
    }
}
