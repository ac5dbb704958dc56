//! Text compression by a model: the code takes as many bits as the model charges, and every byte
//! can be restored.
//!
//! The cost that evaluation reports bounds the entropy of a text only if the text can be restored
//! from that many bits and the model. This module does it: a range coder takes the probability of
//! each symbol from the walk that scores a text ([`crate::adaptive`]).
//!
//! # What is coded
//!
//! - for each line, whether it is tokens or bytes, and how it ends (`\n`, `\r\n`, or not at all);
//! - tokens, gaps and cases, each with the probability used to charge for it;
//! - for a line that is not UTF-8, or that its tokens do not reproduce: its bytes, each predicted
//!   from up to three preceding bytes.
//!
//! So a text can be any bytes. Costs on top of the charge are: 32 bytes for the head; rounding to
//! integers, at most 0.01 bits per symbol; the kinds of lines, next to nothing; and for each new
//! word log2 1/R bits, with R as in [`ngram_model::open`], because the speller could also spell a
//! word already known, and as much again because it could spell a word that came before.
//!
//! # Where a text can be restored
//!
//! Decompression needs the same model file and the same version of the format. All coded
//! probabilities come from 64-bit additions, multiplications and divisions, which IEEE 754 defines
//! to the bit, in the same order; no system library function is involved. So encoder and decoder
//! may run on different machines and systems, with any number of threads.

mod error;
mod head;
mod range;

pub use error::CodeError;
pub use head::{CompressedHead, HEAD};

use crate::adaptive::Adaptive;
use crate::charge::Charge;
use crate::coder::Halt;
use ngram_tokenizer::WordId;
pub use range::Listener;
use range::{RangeDecoder, RangeEncoder};

/// A compressed text.
pub struct Compressed {
    /// The file: its head, then the code.
    pub bytes: Vec<u8>,
    /// The model's charge for the tokens of the text, their spelling, case and spacing, in bits.
    pub charge: Charge,
    /// The cost of line kinds, and of lines coded as bytes, in bits.
    pub lines: f64,
}

impl Compressed {
    /// The length of the code without its head, in bits.
    pub fn code_bits(&self) -> f64 {
        8.0 * (self.bytes.len() - HEAD) as f64
    }
}

/// Compresses a text with a model that has read nothing, or what the decompressor will read first as well. The file
/// contains a fingerprint of the model and all that helps it, so that nothing else is used to decompress it.
///
/// # Errors
///
/// If the model cannot code every text, or `listener` stops it.
pub fn compress(
    mut adaptive: Adaptive<'_>,
    fingerprint: u32,
    text: &[u8],
    listener: Listener<'_>,
) -> Result<Compressed, CodeError> {
    has_lists(&adaptive)?;
    let mut encoder = RangeEncoder::new(listener);
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
    let head = CompressedHead {
        level: adaptive.level(),
        length: text.len() as u64,
        text: crc32fast::hash(text),
        model: fingerprint,
        code: crc32fast::hash(&code),
    };
    let mut bytes = head.to_bytes().to_vec();
    bytes.extend(code);
    Ok(Compressed { bytes, charge, lines })
}

/// Returns the fingerprint of a model together with those of what helps it, and the text that it reads first.
pub fn joined(model: u32, helpers: &[u32], first: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(model);
    helpers.iter().for_each(|helper| hasher.update(&helper.to_le_bytes()));
    hasher.update(first.as_bytes());
    hasher.finalize()
}

/// Returns the longest plausible text, in bytes, for a compressed file of `file` bytes: 256 MiB, or
/// a hundred times the file. Prose compresses to a fifth; a long text that compresses to less than
/// a hundredth was made to do so.
pub fn plausible(file: u64) -> u64 {
    file.saturating_mul(100).max(256 << 20)
}

/// Decompresses a file with the model that compressed it, adapting as [`CompressedHead::level`] says. Memory grows with the text, so a text
/// longer than `most` bytes, according to the file's head, is refused; [`plausible`] is a bound for
/// files from elsewhere.
///
/// # Errors
///
/// If the file was compressed with another model, is damaged, or is not a compressed text; if the
/// text is too long; or if `listener` stops it. A text that differs from the original by even one
/// byte is never returned.
pub fn decompress(
    mut adaptive: Adaptive<'_>,
    fingerprint: u32,
    file: &[u8],
    most: u64,
    listener: Listener<'_>,
) -> Result<Vec<u8>, CodeError> {
    let (head, code) = CompressedHead::read(file)?;
    head.check(fingerprint, most)?;
    if head.level != adaptive.level() {
        return Err(CodeError::OtherLevel { expected: head.level, found: adaptive.level() });
    }
    has_lists(&adaptive)?;
    let mut decoder = RangeDecoder::new(code, listener);
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

/// Fails if the model's layout cannot be coded with.
fn has_lists(adaptive: &Adaptive<'_>) -> Result<(), CodeError> {
    let model = adaptive.model;
    match model.order() > 1 && model.listed_after(&[WordId::BEGIN]).is_none() {
        true => Err(CodeError::NoLists),
        false => Ok(()),
    }
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

    fn begin(model: &Model, adapts: bool) -> Adaptive<'_> {
        if adapts { Adaptive::new(model).unwrap() } else { Adaptive::fixed(model).unwrap() }
    }

    fn config() -> ProptestConfig {
        let rng_seed = RngSeed::Fixed(1);
        ProptestConfig { cases: 100, rng_seed, failure_persistence: None, ..Default::default() }
    }

    proptest! {
        #![proptest_config(config())]

        /// A few seconds of what `fuzz/` does for hours.
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
            let begin = || begin(&MODELS[which], adapts);
            let file = compress(begin(), 7, &text, &mut go_on).unwrap();
            let back = decompress(begin(), 7, &file.bytes, 100, &mut go_on).unwrap();
            prop_assert_eq!(back, text);
        }

        /// The head is valid, so that the code itself is read.
        #[test]
        fn any_code_is_a_text_or_an_error(
            which in 0..3usize,
            adapts: bool,
            // Longer ones take longer: a short code can stand for a long text if it is predictable.
            length in 0..200u64,
            code in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut go_on = |_| ControlFlow::Continue(());
            let adaptive = begin(&MODELS[which], adapts);
            let (level, code_crc) = (adaptive.level(), crc32fast::hash(&code));
            let head = CompressedHead { level, length, text: 0, model: 7, code: code_crc };
            let file = [&head.to_bytes()[..], &code].concat();
            if let Ok(text) = decompress(adaptive, 7, &file, 200, &mut go_on) {
                prop_assert_eq!(text.len() as u64, length);
            }
        }
    }
}
