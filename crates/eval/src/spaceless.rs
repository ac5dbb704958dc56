//! Texts of scripts without spaces between words, which the tokenizer `words` cuts into letters.

use ngram_model::LanguageModel;
use ngram_tokenizer::{TokenizerKind, WordId, is_spaceless_letter};

/// The first words of a vocabulary, the most frequent if the model was trained here, are looked at.
const LOOKED_AT: usize = 1000;
/// The share of tokens from which it is worth saying.
const MANY: f64 = 0.1;

/// Says so if many of the tokens of a model are single letters of words, since it was trained with the tokenizer `words`
/// on Chinese, Japanese, Thai, Lao, Khmer or Burmese.
pub fn cut_into_letters(model: &dyn LanguageModel) -> Option<String> {
    if model.tokenizer().kind != TokenizerKind::Words {
        return None;
    }
    let vocab = model.vocab();
    let words = (WordId::SPECIAL as usize..vocab.len()).take(LOOKED_AT);
    let letters =
        words.map(|word| WordId(word as u32)).filter(|&word| is_spaceless_letter(vocab.word(word)));
    let share: f64 = letters.map(|word| model.score(&[], word).log_prob.prob()).sum();
    (share >= MANY).then(|| {
        format!(
            "at least {:.0} % of the model's tokens are single characters of Chinese, Japanese, Thai, Lao, Khmer or \
             Burmese words, which `words` cannot tell apart, as no spaces stand between them: figures a token are \
             not those of words. `--tokenizer words-icu` finds the words in dictionaries, in a build with the feature \
             of that name; a model of SentencePiece learns pieces of them",
            100.0 * share
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_input::Text;
    use ngram_model::Model;
    use ngram_tokenizer::TokenizerSpec;
    use ngram_train::{TrainOptions, smoothing, train};

    /// 6 of the 12 tokens are letters; maximum likelihood keeps their share.
    #[test]
    fn it_is_said_of_texts_without_spaces_alone() {
        let folder = tempfile::tempdir().unwrap();
        let said = |text: &str, kind| {
            let path = folder.path().join("m");
            let options = TrainOptions {
                order: 1,
                smoothing: smoothing::by_name("maximum-likelihood").unwrap(),
                tokenizer: TokenizerSpec::new(kind),
                open: false,
                ..TrainOptions::default()
            };
            train(&[Text::bytes("text", text.into())], &options, &path, &()).unwrap();
            cut_into_letters(&Model::open(&path).unwrap())
        };
        let half = "東京です a b c d\n東\n";
        let note = said(half, TokenizerKind::Words).unwrap();
        assert!(note.starts_with("at least 45 % of"), "{note}");
        assert_eq!(said(half, TokenizerKind::Chars), None);
        let few = format!("{}東\n", "a b c d e f g h i j\n".repeat(3));
        assert_eq!(said(&few, TokenizerKind::Words), None);
        assert_eq!(said("コーヒー 、 été\n", TokenizerKind::Words), None);
    }
}
