//! The stages of training and evaluation on a made-up text of a quarter of a million tokens, each
//! with its answer checked. `cargo bench --bench stages`
//!
//! Figures on real text, beside KenLM's, come from `benches/peers/speed.sh`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ngram_counts::{Corpus, CountOptions, LowerOrders, NgramCounts, Resources, Text, VocabRule};
use ngram_model::{LanguageModel, Model, Score, TrainOptions, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::fmt::Write;
use std::hint::black_box;

const LINES: usize = 12_000;
const TOKENS: u64 = 252_000;

/// Lines of twenty words whose frequencies fall about as those of English do, and which depend
/// half the time on the word before.
fn text() -> String {
    let mut state = 1u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = String::new();
    for _ in 0..LINES {
        let mut word = 0;
        for _ in 0..20 {
            word = match next(2) {
                0 => (word * 31 + next(5)) % 20_000,
                _ => (1u64 << next(15)) + next(1 << 10),
            };
            let _ = write!(text, "w{word} ");
        }
        text.push('\n');
    }
    text
}

fn options() -> TrainOptions {
    TrainOptions {
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        ..TrainOptions::default()
    }
}

fn read(text: &str) -> Corpus {
    let texts = [Text::bytes("text", text.into())];
    let resources = Resources::default();
    Corpus::read(&texts, &options().tokenizer, &VocabRule::All, &resources, &())
        .expect("the text has words")
}

fn stages(criterion: &mut Criterion) {
    let text = text();
    let corpus = read(&text);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.ngram");
    let counting = CountOptions { lower_orders: LowerOrders::Continuation, ..CountOptions::new(5) };
    let counts = || NgramCounts::count((&corpus).into(), &counting, &());
    let ngrams: u64 =
        counts().expect("small counts").counts_of_counts.iter().map(|c| c.ngrams()).sum();

    let mut group = criterion.benchmark_group("stages");
    group.sample_size(20).throughput(Throughput::Elements(TOKENS));
    group.bench_function("read and number", |bencher| {
        bencher.iter(|| assert_eq!(read(black_box(&text)).summary.tokens, TOKENS));
    });
    group.bench_function("count, order 5", |bencher| {
        bencher.iter(|| {
            let counts = counts().expect("small counts");
            assert_eq!(counts.counts_of_counts.iter().map(|c| c.ngrams()).sum::<u64>(), ngrams);
        });
    });
    group.bench_function("train to file, order 5", |bencher| {
        bencher.iter(|| {
            let texts = [Text::bytes("text", text.clone().into_bytes())];
            let trained = train(&texts, &options(), &path, &()).expect("training succeeds");
            assert_eq!(trained.corpus.tokens, TOKENS);
        });
    });
    let model = Model::open(&path).expect("the model was written");
    let words: Vec<Vec<WordId>> = text
        .lines()
        .map(|line| {
            line.split(' ')
                .filter(|w| !w.is_empty())
                .map(|w| model.vocab().id_or_unknown(w))
                .collect()
        })
        .collect();
    let mut scores: Vec<Score> = Vec::new();
    let mut total = || -> f64 {
        let sum_of = |words: &Vec<WordId>| {
            model.score_sentence(words, &mut scores);
            scores.iter().map(|score| score.log_prob.log10()).sum::<f64>()
        };
        words.iter().map(sum_of).sum()
    };
    let expected = total();
    group.bench_function("score sequentially", |bencher| {
        bencher.iter(|| assert_eq!(total(), expected));
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
