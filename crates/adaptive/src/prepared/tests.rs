//! Compares the lists with counts by hand and with naive ones, and opens damaged files.

use super::count::{LEAST, SourceText, count};
use super::file::{ContextLists, ListWalk, ListsError};
use super::kinds::{ContextKind, KINDS, RecentTokens};
use crate::tree::WordTree;
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::WordId;
use ngram_train::{TrainOptions, train};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// SourceText in memory, each a block.
pub struct Given(pub Vec<(usize, Vec<u32>)>);

impl SourceText for Given {
    fn blocks(&self) -> usize {
        self.0.len()
    }

    fn tokens(&self) -> u64 {
        self.0.iter().map(|(_, words)| words.len() as u64).sum()
    }

    fn sources(&self) -> usize {
        2
    }

    fn block(&self, number: usize) -> io::Result<(usize, Cow<'_, [u32]>)> {
        let (source, words) = &self.0[number];
        Ok((*source, Cow::Borrowed(words)))
    }
}

/// Returns a model of a text, and the text's lines as its words: those of even lines are of source 0.
fn model_and_text(lines: &str) -> (Model, Given) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = TrainOptions { order: 2, ..TrainOptions::default() };
    train(&[Text::bytes("text", lines.into())], &options, &path, &()).unwrap();
    let model = Model::open(&path).unwrap();
    let ids = |line: &str| {
        let words = line.split(' ').map(|word| model.vocab().id_or_unknown(word).0);
        words.chain([WordId::END.0]).collect()
    };
    let lines = lines.lines().enumerate().map(|(number, line)| (number % 2, ids(line)));
    let given = Given(lines.collect());
    (model, given)
}

/// Returns the lists of every kind.
pub fn lists(
    tree: &WordTree,
    text: &Given,
    folder: &Path,
) -> Vec<(&'static ContextKind, ContextLists)> {
    let made = KINDS.iter().map(|kind| {
        let path = folder.join(kind.name);
        count(kind, tree, text, u64::MAX, &path, &()).unwrap();
        (kind, ContextLists::open(&path, kind.name, tree.fingerprint()).unwrap())
    });
    made.collect()
}

/// A text of few words, in which every word follows every other.
fn random(lines: usize) -> String {
    let mut state = 1u32;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The first words are more frequent.
        let (a, b) = ((state >> 16) % 30, (state >> 24) % 30);
        format!("w{}", a.min(b))
    };
    let mut text = String::new();
    for line in 0..lines {
        let words: Vec<String> = (0..=line % 12).map(|_| word()).collect();
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    text
}

#[test]
fn what_followed_is_counted_by_hand() {
    let (model, text) = model_and_text(&"a b c\na b d\na b c\nb a c b\n".repeat(2));
    let tree = WordTree::new(&model, "");
    let folder = tempfile::tempdir().unwrap();
    let lists = lists(&tree, &text, folder.path());
    let id = |word: &str| model.vocab().id(word).unwrap().0;
    let followed = |name: &str, source: usize, history: &[&str], word: &str| {
        let (kind, lists) = lists.iter().find(|(kind, _)| kind.name == name).unwrap();
        let mut recent = RecentTokens::before_line();
        history.iter().for_each(|word| recent.push(id(word), tree.class(WordId(id(word)))));
        let position = tree.position(WordId(id(word)));
        let hash = kind.hash(&recent, source);
        let below = |position| ListWalk::new(lists, hash).halves(lists, position)[0];
        below(position + 1) - below(position)
    };
    // Odd lines are of source 0, even lines of source 1.
    assert_eq!(followed("source-ww", 0, &["a", "b"], "c"), 4);
    assert_eq!(followed("source-ww", 0, &["a", "b"], "d"), 0);
    assert_eq!(followed("source-ww", 1, &["a", "b"], "d"), 2);
    assert_eq!(followed("source-w", 1, &["b"], "a"), 2);
    // A word between: "a _ c" four times, "a _ d" and "a _ b" twice.
    assert_eq!(["c", "d", "b"].map(|word| followed("w-", 0, &["a", "b"], word)), [4, 2, 2]);
    // "a" six times and "b" twice begin a line; before that there is nothing.
    assert_eq!(["a", "b"].map(|word| followed("cccc", 0, &[], word)), [6, 2]);
    // Ids are by falling frequency: "b" 10 times, "a" 8, "c" 6, "d" 2. Before the end of the lines but
    // "b a c b", the second rarest word but the last is "b".
    assert_eq!(["b", "a", "c", "d"].map(id), [3, 4, 5, 6]);
    assert_eq!(followed("rare-32-2nd", 0, &["a", "b", "c"], "</s>"), 6);
    // Of "a b", the last word does not count as rare: "a" is the rarest before.
    assert_eq!(followed("rare-8-w", 0, &["a", "b"], "c"), 4);
}

#[test]
fn lists_of_a_text_are_those_of_naive_counts_in_any_number_of_rounds() {
    let (model, text) = model_and_text(&random(4000));
    let tree = WordTree::new(&model, "0\tw1\n0\tw2\n10\tw3\n10\tw4\n11\tw0\n");
    let folder = tempfile::tempdir().unwrap();
    for (kind, lists) in lists(&tree, &text, folder.path()) {
        let mut naive: HashMap<u64, HashMap<u32, u32>> = HashMap::new();
        for (source, words) in &text.0 {
            let mut recent = RecentTokens::before_line();
            for &word in words {
                let followed = naive.entry(kind.hash(&recent, *source)).or_default();
                *followed.entry(tree.position(WordId(word))).or_default() += 1;
                recent.push(word, tree.class(WordId(word)));
            }
        }
        let came = |followed: &HashMap<u32, u32>| followed.values().sum::<u32>();
        for (&hash, followed) in &naive {
            if came(followed) < LEAST as u32 {
                assert_eq!(ListWalk::new(&lists, hash).halves(&lists, tree.words()), [0, 0]);
                continue;
            }
            // Down the tree to each word, and to words that did not follow.
            for position in 0..tree.words() {
                let mut walk = ListWalk::new(&lists, hash);
                let mut node = tree.root();
                let mut count = 0;
                while node.high - node.low > 1 {
                    let middle = tree.middle(node);
                    let halves = walk.halves(&lists, middle);
                    let is_left = position < middle;
                    let of = |range: std::ops::Range<u32>| {
                        range.filter_map(|position| followed.get(&position)).sum::<u32>()
                    };
                    assert_eq!(
                        halves,
                        [of(node.low..middle), of(middle..node.high)],
                        "{}",
                        kind.name
                    );
                    count = halves[usize::from(!is_left)];
                    walk.descend(is_left);
                    node = tree.half(node, is_left);
                }
                assert_eq!(count, followed.get(&position).copied().unwrap_or(0), "{}", kind.name);
            }
        }
        // Nothing followed what never came.
        let unseen = (0..1000u64).map(|number| crate::seen::folded(number ^ 0xabcd << 40));
        for hash in unseen.filter(|hash| !naive.contains_key(hash)) {
            assert_eq!(ListWalk::new(&lists, hash).halves(&lists, tree.words()), [0, 0]);
        }
        lists.verify().unwrap();
    }
    // A number of 10 bytes for each of 26,000 tokens does not fit in the least memory of 1 MiB four times over.
    let kind = &KINDS[0];
    let many = Given(std::iter::repeat_n(&text.0, 16).flatten().cloned().collect());
    let paths = ["whole", "parts"].map(|name| folder.path().join(name));
    count(kind, &tree, &many, u64::MAX, &paths[0], &()).unwrap();
    count(kind, &tree, &many, 0, &paths[1], &()).unwrap();
    assert!(many.tokens() * 10 > 3 << 20);
    assert!(std::fs::read(&paths[0]).unwrap() == std::fs::read(&paths[1]).unwrap());
}

#[test]
fn damage_is_found_or_harmless() {
    let (model, text) = model_and_text(&random(300));
    let tree = WordTree::new(&model, "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists");
    let kind = &KINDS[0];
    count(kind, &tree, &text, u64::MAX, &path, &()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        ContextLists::open(&path, kind.name, tree.fingerprint())
    };
    for length in (0..bytes.len()).step_by(61) {
        assert!(matches!(open(&bytes[..length]), Err(ListsError::Damaged(_))), "{length}");
    }
    let mut found = 0;
    for at in (0..bytes.len()).filter(|at| *at < 64 || at % 7 == 0) {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let Ok(lists) = open(&damaged) else {
                found += 1;
                continue;
            };
            // All but unused bytes and the number of sources.
            let is_unused = (36..48).contains(&at);
            assert!(lists.verify().is_err() || is_unused, "byte {at}");
            let mut recent = RecentTokens::before_line();
            for (_, words) in &text.0 {
                for &word in words {
                    let mut walk = ListWalk::new(&lists, kind.hash(&recent, 0));
                    for middle in [1, 5, 9] {
                        walk.halves(&lists, middle);
                        walk.descend(middle != 5);
                    }
                    recent.push(word, tree.class(WordId(word)));
                }
            }
        }
    }
    assert!(found > 100, "{found}");
    open(&bytes).unwrap();
    let opened = |kind, tree| ContextLists::open(&path, kind, tree);
    assert!(matches!(opened("cw", tree.fingerprint()), Err(ListsError::Damaged(_))));
    assert!(matches!(opened(kind.name, tree.fingerprint() ^ 1), Err(ListsError::OtherTree)));
}

#[test]
fn kinds_have_names_of_their_own_that_fit_and_shorter_ones_before_them() {
    for (at, kind) in KINDS.iter().enumerate() {
        assert!(kind.name.len() <= 16 && KINDS[..at].iter().all(|other| other.name != kind.name));
        let is_before = |name| KINDS[..at].iter().any(|other| other.name == name);
        assert!(kind.shorter.is_none_or(is_before), "{}", kind.name);
    }
}
