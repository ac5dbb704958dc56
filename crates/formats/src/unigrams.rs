//! Export of the words of a model, one per line: the lexicon for decoders such as pyctcdecode.

use ngram_tokenizer::{SPECIAL_WORDS, VocabView, escape};
use std::io::{self, Write};

/// Writes the words in id order, without `<unk>`, `<s>` and `</s>`, escaped as in an ARPA file.
pub(crate) fn write(mut out: impl Write, vocab: VocabView<'_>) -> io::Result<()> {
    for word in vocab.words().skip(SPECIAL_WORDS.len()) {
        writeln!(out, "{}", escape(word))?;
    }
    out.flush()
}
