//! Checks that all tokens sum to 1, and that known sources cost what their entropy says.

use super::*;
use crate::adaptive::Adaptive;
use crate::code;
use crate::prepared::tests::{Given, lists};
use ngram_input::Text;
use ngram_model::Model;
use ngram_train::{TrainOptions, train};
use std::ops::ControlFlow::Continue;

const TRAINING: &str = "the cat sat\nthe cat ran\nthe dog sat\na dog ran to the cat\nto a cat\n";
const TREE: &str =
    "000\tthe\t5\n000\ta\t3\n001\tto\t2\n01\tcat\t4\n01\tdog\t2\n1\tsat\t2\n1\tran\t2\n";

fn model(text: &str, order: usize) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = TrainOptions { order, ..TrainOptions::default() };
    train(&[Text::bytes("text", text.into())], &options, &path, &()).unwrap();
    Model::open(&path).unwrap()
}

fn deciding<'m>(model: &'m Model, helpers: Helpers) -> Adaptive<'m> {
    Adaptive::by_decisions(model, helpers).unwrap().unwrap()
}

/// Returns what is prepared of the training text.
fn helpers(model: &Model, tree: &str, folder: &std::path::Path) -> Helpers {
    let ids = |line: &str| {
        let words = line.split(' ').map(|word| model.vocab().id_or_unknown(word).0);
        words.chain([WordId::END.0]).collect()
    };
    let text = Given(TRAINING.lines().enumerate().map(|(at, line)| (at % 2, ids(line))).collect());
    let tree = WordTree::new(model, tree);
    Helpers { lists: lists(&tree, &text, folder), tree: Some(tree) }
}

/// Takes the given symbols without coding them.
struct Charged;

impl Coder for Charged {
    fn code<D: crate::coder::CodedDistribution>(
        &mut self,
        given: Option<u32>,
        distribution: impl FnOnce() -> D,
    ) -> Result<u32, Halt> {
        let distribution = distribution();
        // What is coded is what is charged, up to rounding, and both halves can come.
        assert_eq!(distribution.len(), 2);
        assert!(0 < distribution.below(1) && distribution.below(1) < distribution.below(2));
        given.ok_or(Halt::Damaged)
    }
}

/// Returns the sum of the probabilities of all tokens after what `adaptive` has read.
fn sum(adaptive: &Adaptive<'_>) -> f64 {
    let vocab = adaptive.model.vocab().len() as u32;
    let new_words = adaptive.new_words.len();
    let decisions = adaptive.decisions.as_ref().unwrap();
    let unknown = [0.1, 0.2, 0.05];
    let before = Before {
        history: &adaptive.history,
        text: &adaptive.text,
        vocab,
        new_words,
        unknown: &unknown,
    };
    let numbers = [WordId::UNKNOWN.0].into_iter().chain(WordId::END.0..vocab + new_words);
    let mut sum = 0.0;
    for number in numbers {
        let (coded, bits) = decisions.clone().code(&mut Charged, Some(number), &before).unwrap();
        assert_eq!(coded, number);
        sum += (-bits).exp2();
    }
    sum
}

#[test]
fn all_tokens_sum_to_1() {
    let model = model(TRAINING, 3);
    let folder = tempfile::tempdir().unwrap();
    for tree in ["", TREE] {
        let mut adaptive = deciding(&model, helpers(&model, tree, folder.path()));
        for line in ["the cat sat", "an emu ran", "the emu sat to the gnu", "a gnu an emu"] {
            let sum = sum(&adaptive);
            assert!((sum - 1.0).abs() < 1e-5, "{sum} before {line}");
            adaptive.line(line);
        }
        assert_eq!(adaptive.new_words.len(), 3);
        assert!((sum(&adaptive) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_text_comes_back_from_its_code() {
    let model = model(TRAINING, 3);
    let text = "the cat sat\nan emu ran  to the emu\n\nThe cat, the Cat\n".repeat(3);
    let folder = tempfile::tempdir().unwrap();
    let helpers = helpers(&model, TREE, folder.path());
    let begin = || deciding(&model, helpers.clone());
    let packed = code::compress(begin(), 7, text.as_bytes(), &mut |_| Continue(())).unwrap();
    let charged = packed.charge.total() + packed.lines;
    assert!((packed.code_bits() - charged).abs() < 0.001 * charged + 64.0);
    let restored = code::decompress(begin(), 7, &packed.bytes, 10_000, &mut |_| Continue(()));
    assert_eq!(restored.unwrap(), text.as_bytes());
}

/// A generator of bits that is the same everywhere.
struct Bits(u64);

impl Bits {
    /// Returns whether an event of probability p happens.
    fn happens(&mut self, p: f64) -> bool {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64) < p * (1u64 << 53) as f64
    }
}

#[test]
fn a_markov_source_costs_about_its_entropy() {
    // "a" follows "a" with probability 0.9, "b" with 0.3: by the stationary distribution (3/4, 1/4), 3/4 H(0.9) +
    // 1/4 H(0.3) = 0.5721 bits a token. The model knows only that there are "a" and "b".
    let model = model("a b\nb a\n", 1);
    let mut bits = Bits(1);
    let mut was_a = true;
    let mut line = String::new();
    for _ in 0..40_000 {
        was_a = bits.happens(if was_a { 0.9 } else { 0.3 });
        line.push_str(if was_a { "a " } else { "b " });
    }
    let charge = deciding(&model, Helpers::default()).line(line.trim_end());
    let each = charge.token / 40_001.0;
    assert!((0.56..0.59).contains(&each), "{each}");
}

#[test]
fn a_fair_coin_costs_a_bit() {
    let model = model("a b\nb a\n", 1);
    let mut bits = Bits(2);
    let mut line = String::new();
    for _ in 0..40_000 {
        line.push_str(if bits.happens(0.5) { "a " } else { "b " });
    }
    let charge = deciding(&model, Helpers::default()).line(line.trim_end());
    let each = charge.token / 40_001.0;
    assert!((0.998..1.02).contains(&each), "{each}");
}

#[test]
fn what_followed_in_the_training_text_makes_a_like_text_cheaper() {
    let model = model(TRAINING, 3);
    let folder = tempfile::tempdir().unwrap();
    let text = "the cat ran to the dog\nthe dog sat\n".repeat(3);
    let cost = |mut adaptive: Adaptive<'_>| -> f64 {
        text.lines().map(|line| adaptive.line(line).total()).sum()
    };
    let alone = cost(deciding(
        &model,
        Helpers { tree: Some(WordTree::new(&model, TREE)), ..Helpers::default() },
    ));
    let helped = cost(deciding(&model, helpers(&model, TREE, folder.path())));
    assert!(helped < alone, "{helped} {alone}");
}

#[test]
fn a_model_without_lists_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compact.ngram");
    let layout = ngram_model::Layout::Compact;
    let options = ngram_model::ConvertOptions { layout, ..Default::default() };
    ngram_model::convert(&model(TRAINING, 3), &options, &path).unwrap();
    let compact = Model::open(&path).unwrap();
    assert!(matches!(Adaptive::by_decisions(&compact, Helpers::default()), Err(NoLists)));
}

#[test]
fn a_tree_of_any_lines_has_every_word_once() {
    let model = model(TRAINING, 2);
    let others =
        ["", TREE, "0\tthe\n0\n\t\n01\tcat\nx\tdog\n1\tnone\n", "0\tcat\n00\tdog\n000\tthe"];
    // A path that goes on with a zero byte is not one that ends; and paths may be long.
    let zero = "0\tthe\n0\0\tcat\n0\0\0\tdog\n";
    let long =
        ["the", "cat", "dog"].map(|word| "0".repeat(50_000 * word.len()) + word + "\t" + word);
    let long = long.join("\n");
    for lines in others.into_iter().chain([zero, &long]) {
        let tree = WordTree::new(&model, lines);
        for id in WordId::END.0..model.vocab().len() as u32 {
            let position = tree.position(WordId(id));
            let mut node = tree.root();
            while node.high - node.low > 1 {
                node = tree.half(node, position < tree.middle(node));
            }
            assert_eq!((node.low, tree.word(position)), (position, WordId(id)));
        }
    }
}
