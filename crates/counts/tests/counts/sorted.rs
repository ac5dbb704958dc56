//! Lists of n-grams: complete, with the right counts, in line order.

use ngram_counts::{
    Corpus, CountOptions, Ids, Listing, LowerOrders, NgramCounts, TooManyToList, VocabRule,
    each_sorted,
};
use ngram_input::Text;
use ngram_store::{Cancelled, Resources, Shares, TemporaryError};
use ngram_tokenizer::TokenizerKind::{self, Chars, Whitespace};
use ngram_tokenizer::{TokenizerSpec, escape};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum Error {
    Temporary(#[from] TemporaryError),
    Cancelled(#[from] Cancelled),
    Words(#[from] TooManyToList),
}

fn lines(
    kind: &TokenizerKind,
    text: &str,
    lower_orders: LowerOrders,
    order: usize,
    least: &[u64],
) -> Vec<String> {
    let tokenizer = TokenizerSpec::new(kind.clone());
    let texts = [Text::bytes("text", text.as_bytes().to_vec())];
    let resources = Resources::default();
    let corpus = Corpus::read(&texts, &tokenizer, &VocabRule::All, &resources, &()).unwrap();
    let options = CountOptions { lower_orders, ..CountOptions::new(order) };
    let counts = NgramCounts::count(Ids::from(&corpus), &options, &()).unwrap();
    let list = |keys| {
        let shares = Some(Shares { ids: 0, keys, counts: 0 });
        let resources = Resources { shares, ..Resources::default() };
        let listing = Listing {
            vocab: corpus.vocab.view(),
            sentences: corpus.summary.sentences,
            least,
            resources: &resources,
        };
        let mut lines = Vec::new();
        each_sorted(&counts, &listing, &(), |ngram| {
            assert_eq!(ngram.order, ngram.text.split(' ').count());
            lines.push(format!("{}\t{}", ngram.text, ngram.count));
            Ok::<(), Error>(())
        })
        .unwrap();
        lines
    };
    let at_once = list(u64::MAX);
    assert_eq!(list(0), at_once);
    assert_eq!(list(1000), at_once);
    at_once
}

/// The expected lines, by definition.
fn expected(
    kind: &TokenizerKind,
    text: &str,
    lower_orders: LowerOrders,
    order: usize,
    least: &[u64],
) -> Vec<String> {
    let mut raw: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    for line in text.lines() {
        let mut words = vec!["<s>".to_owned()];
        TokenizerSpec::new(kind.clone())
            .tokenize(line, |token| words.push(escape(token).into_owned()));
        words.push("</s>".to_owned());
        for order in 1..=order + 1 {
            words.windows(order).for_each(|ngram| *raw.entry(ngram.to_vec()).or_default() += 1);
        }
    }
    let mut lines = Vec::new();
    for (ngram, &count) in raw.iter().filter(|(ngram, _)| ngram.len() <= order) {
        let before = raw.keys().filter(|longer| longer[1..] == ngram[..]).count() as u64;
        let count = match lower_orders {
            LowerOrders::Continuation if ngram.len() < order && ngram[0] != "<s>" => before,
            _ => count,
        };
        let least = least.get(ngram.len() - 1).or(least.last()).copied().unwrap_or(0);
        if count >= least {
            lines.push(format!("{}\t{count}", ngram.join(" ")));
        }
    }
    lines.sort_unstable();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn equals_the_definition(
        // Combining marks, and characters that sort before the space.
        text in "[a-c \u{1}\u{b}\u{1f}\u{300}\u{301}\n]{0,40}a",
        order in 1usize..=5,
        least in prop::sample::select(vec![vec![], vec![2], vec![1, 2], vec![3, 1, 2]]),
    ) {
        for kind in [&Chars, &Whitespace] {
            for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
                let found = lines(kind, &text, lower_orders, order, &least);
                prop_assert_eq!(found, expected(kind, &text, lower_orders, order, &least));
            }
        }
    }
}

#[test]
fn a_list_by_hand() {
    let list = lines(&Chars, "ab a\nb", LowerOrders::Raw, 2, &[]);
    let expected = "</s>\t2|<U+0020>\t1|<U+0020> a\t1|<s>\t2|<s> a\t1|<s> b\t1|a\t2|a </s>\t1|a b\t1\
        |b\t2|b </s>\t1|b <U+0020>\t1";
    assert_eq!(list.join("|"), expected);
    let list = lines(&Chars, "ab a\nb", LowerOrders::Continuation, 2, &[2, 1]);
    let expected = "</s>\t2|<U+0020> a\t1|<s>\t2|<s> a\t1|<s> b\t1|a\t2|a </s>\t1|a b\t1\
        |b\t2|b </s>\t1|b <U+0020>\t1";
    assert_eq!(list.join("|"), expected);
    for order in [9, 20, 64] {
        let found = lines(&Chars, "abc abc a", LowerOrders::Raw, order, &[]);
        assert_eq!(
            found,
            super::sorted::expected(&Chars, "abc abc a", LowerOrders::Raw, order, &[])
        );
    }
}
