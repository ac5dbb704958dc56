//! A text compressed by a model: as many bits as the model says it costs, and every byte of it back.
//!
//! The charge that evaluation reports is a bound on the entropy of a text only if someone who has the model, and
//! nothing else of the text, can have the text back from so many bits. Here it is done: a range coder takes the
//! probability of each symbol from the walk that scores a text ([`crate::adaptive`]).
//!
//! # What is coded
//!
//! - of each line, whether it is tokens or bytes, and how it ends (`\n`, `\r\n`, or not at all);
//! - tokens, gaps and cases, each with the probability that it is charged by;
//! - a line that is no UTF-8, or that tokens do not give back: its bytes, foretold from up to three before them.
//!
//! So any bytes are a text. Beside what is charged, it costs: 32 bytes of head; what rounding to integers takes,
//! 0.01 bits a symbol at most; the kinds of lines, next to nothing; and for each word that is new, that the
//! spelling could also be that of a word known already, log2 1/R bits, with R as in [`ngram_model::open`], and as
//! much again for words that came before.
//!
//! # Where a text can be had back
//!
//! With the same model file and the same version of the format. All that is coded comes of additions,
//! multiplications and divisions of 64 bits, which IEEE 754 defines to the bit, done in the same order; no function
//! of the system's library takes part. So encoder and decoder may run on different machines and systems, with
//! any number of threads.

mod error;
mod head;
mod range;

pub use error::CodeError;
pub use head::{HEAD, Head};

use crate::adaptive::Adaptive;
use crate::charge::Charge;
use crate::coder::Halt;
use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;
pub use range::Listener;
use range::{Decoder, Encoder};

/// A text that is compressed.
pub struct Compressed {
    /// The file: its head, then the code.
    pub bytes: Vec<u8>,
    /// What the model charges for the tokens of the text, their spelling, case and spacing; in bits.
    pub charge: Charge,
    /// What the kinds of lines cost, and those lines that are bytes; in bits.
    pub lines: f64,
}

impl Compressed {
    /// The length of the code without its head, in bits.
    pub fn code_bits(&self) -> f64 {
        8.0 * (self.bytes.len() - HEAD) as f64
    }
}

/// Compresses a text by a model, which adapts to it or does not. The model's fingerprint goes into the file, so that
/// no other is used to have the text back.
///
/// # Errors
///
/// If the model is none that can code every text, or `listener` stops it.
pub fn compress(
    model: &dyn LanguageModel,
    fingerprint: u32,
    text: &[u8],
    adapts: bool,
    listener: Listener<'_>,
) -> Result<Compressed, CodeError> {
    let mut adaptive = begin(model, adapts)?;
    let mut encoder = Encoder::new(listener);
    let (mut charge, mut lines) = (Charge::default(), 0.0);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let cost = adaptive.any_line(&mut encoder, Some(line), line.len());
        let (_, cost) = cost.map_err(|halt| match halt {
            Halt::Damaged => CodeError::NoDistribution,
            Halt::Stopped => CodeError::Stopped,
        })?;
        charge += cost.charge;
        lines += cost.kind;
    }
    let code = encoder.finish();
    let head = Head {
        adapts,
        length: text.len() as u64,
        text: crc32fast::hash(text),
        model: fingerprint,
        code: crc32fast::hash(&code),
    };
    let mut bytes = head.to_bytes().to_vec();
    bytes.extend(code);
    Ok(Compressed { bytes, charge, lines })
}

/// How long a text is taken to be at most, in bytes, that was compressed to a file of so many: 256 MiB, or a hundred
/// times the file. Prose comes to a fifth; what comes to a hundredth, and is long, was made to.
pub fn plausible(file: u64) -> u64 {
    file.saturating_mul(100).max(256 << 20)
}

/// The text that was compressed to this file with the same model. Memory grows with the text, so one that is longer
/// than `most` bytes is refused by what the file's head says: [`plausible`] is a bound for files from elsewhere.
///
/// # Errors
///
/// If the file was compressed with another model, is damaged, or is none; if the text is too long; or if `listener`
/// stops it. What is not the text to the last byte is never returned.
pub fn decompress(
    model: &dyn LanguageModel,
    fingerprint: u32,
    file: &[u8],
    most: u64,
    listener: Listener<'_>,
) -> Result<Vec<u8>, CodeError> {
    let (head, code) = Head::read(file)?;
    if head.model != fingerprint {
        return Err(CodeError::OtherModel { expected: head.model, found: fingerprint });
    }
    if head.length > most {
        return Err(CodeError::TooLong { length: head.length, most });
    }
    let mut adaptive = begin(model, head.adapts)?;
    let mut decoder = Decoder::new(code, listener);
    let mut text: Vec<u8> = Vec::new();
    while (text.len() as u64) < head.length {
        let left = usize::try_from(head.length - text.len() as u64).unwrap_or(usize::MAX);
        let line = adaptive.any_line(&mut decoder, None, left);
        let (line, _) = line.map_err(|halt| match halt {
            Halt::Damaged => CodeError::Mismatch,
            Halt::Stopped => CodeError::Stopped,
        })?;
        let is_last = line.len() == left;
        let ends = line.last() == Some(&b'\n');
        if line.is_empty() || line.len() > left || (!ends && !is_last) {
            return Err(CodeError::Mismatch);
        }
        text.extend(line);
    }
    if !decoder.is_done() || crc32fast::hash(&text) != head.text {
        return Err(CodeError::Mismatch);
    }
    Ok(text)
}

fn begin(model: &dyn LanguageModel, adapts: bool) -> Result<Adaptive<'_>, CodeError> {
    if model.order() > 1 && model.listed_after(&[WordId::BEGIN]).is_none() {
        return Err(CodeError::NoLists);
    }
    let adaptive = if adapts { Adaptive::new(model) } else { Adaptive::fixed(model) };
    adaptive.ok_or(CodeError::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_input::Text;
    use ngram_model::Model;
    use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
    use ngram_train::{TrainOptions, train};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::ops::ControlFlow;
    use std::sync::LazyLock;

    static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let kinds = [TokenizerKind::Words, TokenizerKind::Whitespace, TokenizerKind::Chars];
        let model = |kind| {
            let path = folder.path().join("model.ngram");
            let tokenizer = TokenizerSpec::new(kind);
            let options = TrainOptions { order: 3, tokenizer, ..TrainOptions::default() };
            let text = Text::bytes("text", b"The cat sat.\nthe  dog sat, a cat ran\n".to_vec());
            train(&[text], &options, &path, &()).unwrap();
            Model::open(&path).unwrap()
        };
        kinds.map(model).into()
    });

    fn config() -> ProptestConfig {
        let rng_seed = RngSeed::Fixed(1);
        ProptestConfig { cases: 100, rng_seed, failure_persistence: None, ..Default::default() }
    }

    proptest! {
        #![proptest_config(config())]

        /// In a few seconds what `fuzz/` does for hours.
        #[test]
        fn any_bytes_come_back(
            which in 0..3usize,
            adapts: bool,
            text in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[Tt]he (cat|dog)( |\\.|\r?\n|é|İ){0,9}sat".prop_map(String::into_bytes),
            ],
        ) {
            let mut go_on = |_| ControlFlow::Continue(());
            let file = compress(&MODELS[which], 7, &text, adapts, &mut go_on).unwrap();
            let back = decompress(&MODELS[which], 7, &file.bytes, 100, &mut go_on).unwrap();
            prop_assert_eq!(back, text);
        }

        /// With a head that fits, so that the code itself is read.
        #[test]
        fn any_code_is_a_text_or_an_error(
            which in 0..3usize,
            adapts: bool,
            // Longer ones take longer: little code can stand for much text, if it is foretold.
            length in 0..200u64,
            code in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut go_on = |_| ControlFlow::Continue(());
            let head = Head { adapts, length, text: 0, model: 7, code: crc32fast::hash(&code) };
            let file = [&head.to_bytes()[..], &code].concat();
            if let Ok(text) = decompress(&MODELS[which], 7, &file, 200, &mut go_on) {
                prop_assert_eq!(text.len() as u64, length);
            }
        }
    }
}
