//! Every n-gram is found, as many that are not stored are not, and nothing is mistaken for another.

use super::State;
use super::line::Line;
use super::write::write_with;
use crate::assemble::assemble;
use crate::native::Writer;
use crate::table::{OwnedTable, TableView};
use crate::{
    LanguageModel, Listed, Model, ModelInfo, Ngrams, OrderInfo, Score, ScoredLevel, score,
};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
use std::collections::{BTreeSet, HashMap};
use zerocopy::IntoBytes;

/// A simple generator of random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) % limit
    }
}

/// A random text, and the table of its n-grams, each with values of its own.
struct Case {
    what: String,
    order: usize,
    words: usize,
    text: Vec<WordId>,
    /// All n-grams of each length from 1, as far as kept.
    ngrams: Vec<BTreeSet<Vec<WordId>>>,
    table: OwnedTable,
}

impl Case {
    /// Makes a text of so many words, of which the first are the most frequent. Of the n-grams, `kept` in 100 are kept.
    fn new(words: u64, tokens: usize, order: usize, kept: u64) -> Case {
        let mut random = Random(words ^ (tokens as u64) << 20 ^ kept);
        let word = |random: &mut Random| {
            let limit = 1 + random.below(words - 3);
            WordId(3 + random.below(limit) as u32)
        };
        let text: Vec<WordId> = (0..tokens).map(|_| word(&mut random)).collect();
        let sentence = [&[WordId::BEGIN], &text[..], &[WordId::END]].concat();
        let mut ngrams = vec![BTreeSet::new(); order];
        for (length, ngrams) in (1..).zip(&mut ngrams) {
            let windows = sentence.windows(length).map(<[WordId]>::to_vec);
            ngrams.extend(windows.filter(|_| length == 1 || random.below(100) < kept));
        }
        ngrams[0].extend((0..words as u32).map(|word| vec![WordId(word)]));
        let mut number = 0u32;
        let mut value = || {
            number += 1;
            -0.125 - number as f32 / 1024.0
        };
        let mut lists = Vec::new();
        for (length, ngrams) in (1..).zip(&ngrams) {
            let mut list = Ngrams::new(length);
            for ngram in ngrams {
                list.words.extend(ngram);
                list.log_probs.push(value());
                if length < order {
                    // Some weights are 1.
                    let weight = if random.below(4) == 0 { 0.0 } else { value() };
                    list.backoffs.push(weight);
                }
            }
            lists.push(list);
        }
        let assembled = assemble(lists, words as usize, &()).unwrap();
        let table = OwnedTable::new(assembled.unigrams, assembled.levels);
        let what = format!("{words} words, {tokens} tokens, order {order}, {kept} % kept");
        Case { what, order, words: words as usize, text, ngrams, table }
    }

    fn model(&self, is_wide: bool) -> Model {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.ngram");
        let names: Vec<String> = (3..self.words).map(|word| format!("w{word}")).collect();
        let vocab = Vocab::new(names.iter().map(String::as_str)).unwrap();
        let info = ModelInfo {
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            smoothing: None,
            orders: vec![OrderInfo::default(); self.order],
            training: None,
            quantization: None,
        };
        let writer = Writer::create(&path).unwrap();
        write_with(writer, &info, vocab.view(), &self.table.view(), is_wide).unwrap();
        Model::open(&path).unwrap()
    }
}

fn bits(score: Score) -> (u32, u8) {
    (score.log_prob.0.to_bits(), score.matched)
}

/// Asserts that an n-gram has the same score as in the table, walked by its definition. Returns the matched order.
#[track_caller]
fn assert_score(model: &Model, table: &TableView, ngram: &[WordId], what: &str) -> u8 {
    let (&word, history) = ngram.split_last().unwrap();
    let found = bits(model.score(history, word));
    assert_eq!(found, bits(score::score(table, history, word)), "{what}: {ngram:?}");
    found.1
}

/// Asserts that words scored one by one have the scores of the table; that equal states are followed by equal scores
/// whatever the words before them; and that states are minimal.
fn assert_steps<const N: usize>(model: &Model, case: &Case, what: &str) {
    let table = case.table.view();
    let stepper = model.stepper::<N>().unwrap();
    assert!(case.order == 1 || model.stepper::<0>().is_none());
    let mut state = stepper.begin();
    let mut whole = vec![WordId::BEGIN];
    let mut states = HashMap::new();
    for &word in case.text.iter().chain([&WordId::END, &WordId(u32::MAX), &case.text[0]]) {
        let recent = &whole[whole.len().saturating_sub(case.order - 1)..];
        let (score, after) = stepper.advance(&state, word);
        let outside = word.0 as usize >= case.words || whole.last() == Some(&WordId(u32::MAX));
        if !outside {
            let expected = bits(score::score(&table, recent, word));
            assert_eq!(bits(score), expected, "{what}: {}", whole.len());
        }
        // The states before, by the word after: one score each.
        let known = *states.entry((state, word)).or_insert(bits(score));
        assert_eq!(known, bits(score), "{what}: {}", whole.len());
        assert!(after.words().len() < case.order.max(1), "{what}");
        if let Some(first) = after.words().last() {
            // Its longest history has a weight or a longer n-gram.
            let history: Vec<WordId> = after.words().iter().rev().copied().collect();
            let number = table.find(&history).unwrap();
            let level = &table.levels[history.len() - 1];
            let begins = case.ngrams.get(history.len()).is_some_and(|longer| {
                longer
                    .range(history.clone()..)
                    .next()
                    .is_some_and(|next| next.starts_with(&history))
            });
            let followed = begins || !level.successor_range(number).is_empty();
            assert!(level.backoff(number) != 0.0 || followed, "{what}: {first:?}");
        }
        whole.push(word);
        state = after;
    }
}

#[test]
fn a_state_is_small() {
    assert!(size_of::<State<4>>() <= 44);
}

#[test]
fn stored_ngrams_are_found_and_no_others() {
    for (words, tokens, order, kept) in [
        (5000, 20_000, 5, 100),
        (4000, 20_000, 4, 60),
        (40, 30_000, 4, 100),
        (9, 3000, 12, 100),
        (12, 3000, 7, 70),
        (5, 60, 64, 100),
        (400, 3000, 2, 100),
        (30, 100, 1, 100),
    ] {
        let case = Case::new(words, tokens, order, kept);
        let table = case.table.view();
        for is_wide in [false, true] {
            let model = case.model(is_wide);
            let what = format!("{}, wide keys: {is_wide}", case.what);
            let mut random = Random(7);
            let mut absent = 0;
            for (length, ngrams) in (1..).zip(&case.ngrams) {
                for ngram in ngrams {
                    assert_eq!(assert_score(&model, &table, ngram, &what), length as u8);
                    // Another word in one place: most often, there is no such n-gram.
                    let mut other = ngram.clone();
                    other[random.below(length as u64) as usize] =
                        WordId(random.below(words) as u32);
                    let matched = assert_score(&model, &table, &other, &what);
                    absent += usize::from(usize::from(matched) < length);
                    // Two words in each other's places.
                    other.clone_from(ngram);
                    other.swap(0, random.below(length as u64) as usize);
                    assert_score(&model, &table, &other, &what);
                }
            }
            let all: usize = case.ngrams[1..].iter().map(BTreeSet::len).sum();
            assert!(absent > all / 3 || words < 20 || order == 1, "{what}: {absent} of {all}");
            let mut together = Vec::new();
            let half = case.text.len() / 2;
            model.score_sentences(&case.text, &[half, case.text.len()], &mut together);
            let mut found = together.into_iter();
            for sentence in [&case.text[..half], &case.text[half..]] {
                let whole = [&[WordId::BEGIN], sentence, &[WordId::END]].concat();
                for at in 1..whole.len() {
                    let from = (at + 1).saturating_sub(order + 1);
                    let one = score::score(&table, &whole[from..at], whole[at]);
                    assert_eq!(found.next().map(bits), Some(bits(one)), "{what}: {at}");
                }
            }
            assert_eq!(model.table().unwrap().view().levels.len(), order - 1);
            match order {
                ..=5 => assert_steps::<4>(&model, &case, &what),
                _ => assert_steps::<63>(&model, &case, &what),
            }
        }
    }
}

/// What follows a history is that of the table, where it is read from lists and where all successors of a word are tried.
#[test]
fn what_follows_a_history_is_listed() {
    // With 300 words, some histories of two words have lists of longer ones, too.
    for (words, tokens, kept, is_wide) in
        [(600, 60_000, 100, false), (600, 60_000, 60, true), (300, 60_000, 100, false)]
    {
        let case = Case::new(words, tokens, 4, kept);
        let (model, table) = (case.model(is_wide), case.table.view());
        let with_lists = (0..600)
            .filter(|&word| table.levels[0].successor_range(word).len() > super::lists::LISTED);
        assert!(with_lists.count() > 3, "{}", case.what);
        let pairs = &table.levels[1];
        let mut pairs = (0..pairs.histories()).map(|pair| pairs.successor_range(pair).len());
        assert!(words > 300 || pairs.any(|length| length > super::lists::LISTED), "{}", case.what);
        let mut random = Random(9);
        for ngram in case.ngrams[..3].iter().flatten() {
            if random.below(8) > 0 {
                continue;
            }
            let mut other = ngram.clone();
            other[0] = WordId(3 + random.below(words - 3) as u32);
            for history in [ngram, &other] {
                let (found, expected) =
                    (model.listed_after(history).unwrap(), table.listed_after(history));
                let bits = |listed: Listed| -> (u32, Vec<(WordId, u32)>) {
                    let words = listed.words.into_iter();
                    let words = words.map(|(word, log_prob)| (word, log_prob.0.to_bits()));
                    (listed.backoff.0.to_bits(), words.collect())
                };
                assert_eq!(bits(found), bits(expected), "{}: {history:?}", case.what);
            }
        }
    }
}

/// Damaged lists lead to no words, or to some that follow.
#[test]
fn damaged_lists_are_harmless() {
    let level = ScoredLevel {
        words: (0..100).collect(),
        successor_ends: (1..=100).collect(),
        successor_words: (0..100).collect(),
        ..ScoredLevel::default()
    };
    let words: Vec<u32> = (0..300).collect();
    let mut lines = Vec::new();
    super::lists::append(&[level], 0..100, &words, &mut Vec::new(), &mut lines);
    let find = |lines: &[Line], first| super::lists::find(lines, [WordId(first)].iter());
    for first in 0..100 {
        assert_eq!(find(&lines, first), [first as usize]);
    }
    assert!(find(&lines, 100).is_empty() && find(&[], 1).is_empty());
    let mut random = Random(3);
    for _ in 0..2000 {
        let mut damaged = lines.clone();
        let line = random.below(damaged.len() as u64) as usize;
        let bytes = damaged[line].as_mut_bytes();
        bytes[random.below(64) as usize] = random.below(256) as u8;
        for first in [0, 31, 32, 77, u32::MAX] {
            assert!(find(&damaged, first).len() < 64 * lines.len());
        }
    }
}
