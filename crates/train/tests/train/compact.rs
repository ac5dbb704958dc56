//! Training in the compact layout writes, part by part, what converting a whole model writes.

use ngram_input::Text;
use ngram_model::native::Layout;
use ngram_model::{ConvertOptions, Model, convert};
use ngram_store::{Resources, Shares};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::METHODS;
use ngram_train::{TrainOptions, train};
use std::fs;

#[test]
fn training_writes_the_bytes_that_converting_writes() {
    let folder = tempfile::tempdir().unwrap();
    let [path, whole, converted] =
        ["compact", "whole", "converted"].map(|name| folder.path().join(name));
    let parts: Vec<String> = (0..4).map(|seed| ngram_testing::text(seed, 300, 200)).collect();
    let long: Vec<Text> =
        parts.iter().map(|part| Text::bytes("text", part.clone().into_bytes())).collect();
    let short = vec![Text::bytes("text", b"a b a\nb\n\na c b a\n".to_vec())];
    let shares = [None, Some(Shares { ids: 0, keys: 0, counts: 0 })];
    let mut number = 0;
    for method in METHODS {
        for order in [1, 2, 3, 6] {
            for texts in [&long, &short] {
                let shares = shares[number % 2];
                let options = |layout| TrainOptions {
                    order,
                    tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
                    smoothing: method,
                    layout,
                    resources: Resources { shares, ..Resources::default() },
                    ..TrainOptions::default()
                };
                train(texts, &options(ConvertOptions::default()), &whole, &()).unwrap();
                for quantize in [None, Some(3)] {
                    let compact = ConvertOptions { layout: Layout::Compact, quantize };
                    let threads = 1 + 2 * (number % 2);
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                    let trained = pool
                        .unwrap()
                        .install(|| train(texts, &options(compact), &path, &()).unwrap());
                    convert(&Model::open(&whole).unwrap(), &compact, &converted).unwrap();
                    let bytes = fs::read(&path).unwrap();
                    let what = format!("{}, order {order}, {quantize:?}", method.name());
                    assert!(bytes == fs::read(&converted).unwrap(), "{what}");
                    assert_eq!(trained.file_size, bytes.len() as u64, "{what}");
                    number += 1;
                }
            }
        }
    }
    assert_eq!(number, METHODS.len() * 16);
}
