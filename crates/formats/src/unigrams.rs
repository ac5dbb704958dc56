//! The words of a model, one a line: the lexicon that decoders such as pyctcdecode ask for. Out only.

use ngram_tokenizer::{SPECIAL_WORDS, VocabView, escape};
use std::io::{self, Write};

/// Writes the words by number, without `<unk>`, `<s>` and `</s>`, escaped as in an ARPA file.
pub(crate) fn write(mut out: impl Write, vocab: VocabView<'_>) -> io::Result<()> {
    for word in vocab.words().skip(SPECIAL_WORDS.len()) {
        writeln!(out, "{}", escape(word))?;
    }
    out.flush()
}
