//! Models trained from count files equal the models trained from the texts, byte for byte.

use ngram_counts::VocabRule;
use ngram_input::Text;
use ngram_store::Resources;
use ngram_testing::counted;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::METHODS;
use ngram_train::{TrainOptions, train, train_from_counts};

const PARTS: [&str; 3] = [
    "the cat sat on the mat\nthe dog sat on the log\n\n",
    "a cat and a dog\n<unk> <s> the mat\n\u{feff}caf\u{e9} sat\n",
    "the cat the cat the cat sat\nlog\n",
];

fn texts(parts: &[&str]) -> Vec<Text> {
    parts.iter().map(|part| Text::bytes("text", part.as_bytes().to_vec())).collect()
}

#[test]
fn the_same_model_for_every_method_order_tokenizer_and_rule() {
    let folder = tempfile::tempdir().unwrap();
    let (from_text, from_counts) = (folder.path().join("text"), folder.path().join("counts"));
    for (kind, lowercase) in [(TokenizerKind::Whitespace, false), (TokenizerKind::Chars, true)] {
        let tokenizer = TokenizerSpec { kind, lowercase };
        for (counted_order, order) in [(1, 1), (2, 2), (3, 3), (5, 5), (5, 3), (3, 1)] {
            for smoothing in METHODS {
                for vocab in [VocabRule::All, VocabRule::MinCount(2), VocabRule::MaxWords(4)] {
                    let resources = Resources::default();
                    let tokenizer = tokenizer.clone();
                    let layout = Default::default();
                    let options = TrainOptions {
                        order,
                        tokenizer,
                        vocab,
                        smoothing,
                        resources,
                        layout,
                        ..TrainOptions::default()
                    };
                    let case = format!(
                        "{} {counted_order} {order} {}",
                        options.tokenizer,
                        smoothing.name()
                    );
                    train(&texts(&PARTS), &options, &from_text, &()).expect(&case);
                    let files =
                        PARTS.map(|part| counted(part, &options.tokenizer, counted_order)).into();
                    // The tokenizer in the files takes precedence.
                    let options = TrainOptions {
                        tokenizer: TokenizerSpec::new(TokenizerKind::Bytes),
                        ..options
                    };
                    train_from_counts(files, &options, &from_counts, &()).expect(&case);
                    let [text, counts] =
                        [&from_text, &from_counts].map(|path| std::fs::read(path).unwrap());
                    assert!(text == counts, "{case}");
                }
            }
        }
    }
}
