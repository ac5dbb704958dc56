//! Times the stages of training and evaluation on a made-up text of a quarter of a million tokens,
//! and checks each result. Uses all threads. `cargo bench --bench stages`
//!
//! Tokenizers alone are timed in `crates/tokenizer/benches`, and the parts of counting in
//! `crates/counts/benches`. Figures on real text, next to KenLM's, come from `benches/peers/speed.sh`.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use ngram_counts::{Corpus, CountOptions, LowerOrders, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model, Score};
use ngram_store::{Progress, Resources};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::estimate::{Estimator, Scratch, Sink};
use ngram_train::smoothing::{METHODS, Settings};
use ngram_train::{TrainOptions, train};
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

const LINES: usize = 12_000;
const TOKENS: u64 = 252_000;

/// Generates lines of twenty words with frequencies about as skewed as in English. Half of the
/// words depend on the word before.
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

fn options(layout: Layout) -> TrainOptions {
    TrainOptions {
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        layout: ConvertOptions { layout, ..ConvertOptions::default() },
        ..TrainOptions::default()
    }
}

fn texts(text: &str) -> [Text; 1] {
    [Text::bytes("text", text.into())]
}

fn read(text: &str) -> Corpus {
    let tokenizer = options(Layout::Suffix).tokenizer;
    Corpus::read(&texts(text), &tokenizer, &VocabRule::All, &Resources::default(), &())
        .expect("the text has words")
}

fn count(corpus: &Corpus) -> NgramCounts {
    let counting = CountOptions { lower_orders: LowerOrders::Continuation, ..CountOptions::new(5) };
    NgramCounts::count(corpus.into(), &counting, &()).expect("small counts")
}

/// Checks on the estimates.
#[derive(Default)]
struct Sum {
    probs: usize,
    /// The smallest back-off weight or 0, and the largest.
    backoffs: (f64, f64),
}

impl Sink for Sum {
    fn history(&mut self, _: usize, probs: &[f64], backoff: f64) {
        self.probs += probs.len();
        self.backoffs.0 = self.backoffs.0.min(backoff);
        self.backoffs.1 = self.backoffs.1.max(backoff);
    }
}

fn stages(criterion: &mut Criterion) {
    let text = text();
    let corpus = read(&text);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(20).throughput(Throughput::Elements(TOKENS));
    for kind in [TokenizerKind::Whitespace, TokenizerKind::Words] {
        let tokenizer = TokenizerSpec::new(kind);
        group.bench_function(format!("tokenise, {tokenizer}"), |bencher| {
            bencher.iter(|| {
                let mut tokens = LINES;
                for line in text.lines() {
                    tokenizer.tokenize(black_box(line), |_| tokens += 1);
                }
                assert_eq!(tokens as u64, TOKENS);
            });
        });
    }
    group.bench_function("read and number", |bencher| {
        bencher.iter(|| assert_eq!(read(black_box(&text)).summary.tokens, TOKENS));
    });
    let counts = count(&corpus);
    let ngrams_of = |counts: &NgramCounts| -> Vec<u64> {
        counts.counts_of_counts.iter().map(|order| order.ngrams()).collect()
    };
    let ngrams = ngrams_of(&counts);
    group.bench_function("count, order 5", |bencher| {
        bencher.iter(|| assert_eq!(ngrams_of(&count(&corpus)), ngrams));
    });
    estimating(&mut group, counts, &ngrams);

    let path = |name: &str| folder.path().join(format!("{name}.ngram"));
    let suffix = path("suffix");
    group.bench_function("train to file, order 5", |bencher| {
        bencher.iter(|| {
            let trained = train(&texts(&text), &options(Layout::Suffix), &suffix, &())
                .expect("training succeeds");
            assert_eq!(trained.corpus.tokens, TOKENS);
        });
    });
    let mut expected = None;
    for layout in [Layout::Suffix, Layout::Compact] {
        let path = path(layout.name());
        writing(&mut group, layout, &text, &path);
        let sum = scoring(&mut group, &Model::open(&path).expect("it was written"), &text);
        assert_eq!(*expected.get_or_insert(sum), sum, "all layouts score alike");
    }
    group.finish();
}

/// Turns counts into probabilities, for all orders from 2.
fn estimating(group: &mut BenchmarkGroup<WallTime>, counts: NgramCounts, ngrams: &[u64]) {
    let words = counts.unigrams.len() as u64 - 1;
    let settings = Settings::default();
    let estimator = Estimator::fit(METHODS[0], &counts.counts_of_counts, words, &settings);
    let unigrams = estimator.unigrams(&counts.unigrams);
    assert!((unigrams.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let shards = counts.shards.into_vec().expect("all in memory");
    let mut scratch = Scratch::default();
    group.bench_function("estimate", |bencher| {
        bencher.iter(|| {
            let mut sum = Sum::default();
            for shard in &shards {
                estimator.shard(black_box(shard), None, &unigrams, &mut scratch, &mut sum);
            }
            assert_eq!(sum.probs as u64, ngrams[1..].iter().sum::<u64>());
            assert!(sum.backoffs.0 >= 0.0 && sum.backoffs.1 <= 1.0);
        });
    });
}

/// Notes when a stage of training begins.
struct Since {
    stage: &'static str,
    begun: Mutex<Option<Instant>>,
}

impl Progress for Since {
    fn begin(&self, stage: &str, _: Option<u64>, _: &str) {
        if stage == self.stage
            && let Ok(mut begun) = self.begun.lock()
        {
            *begun = Some(Instant::now());
        }
    }

    fn advance(&self, _: u64) {}

    fn end(&self) {}
}

/// The last stage of training: for the suffix layout, lines are built and written part by part; for the compact one, from the
/// whole table.
fn writing(group: &mut BenchmarkGroup<WallTime>, layout: Layout, text: &str, path: &Path) {
    let (stage, what) = match layout {
        Layout::Suffix => ("writing", "build and write"),
        _ => ("laying out", "lay out and write"),
    };
    let options = options(layout);
    let write = || {
        let since = Since { stage, begun: Mutex::default() };
        let trained = train(&texts(text), &options, path, &since).expect("training succeeds");
        let begun = since.begun.into_inner().ok().flatten().expect("training has this stage");
        (begun.elapsed(), trained.file_size)
    };
    let size = write().1;
    Model::open(path).and_then(|model| model.verify("model")).expect("a sound file");
    group.bench_function(format!("{what}, {} layout", layout.name()), |bencher| {
        bencher.iter_custom(|runs| {
            let timed = (0..runs).map(|_| {
                let (took, written) = write();
                assert_eq!(written, size);
                took
            });
            timed.sum()
        });
    });
}

/// Scores word ids and checks the sum of log-probabilities to the last bit; returns the sum.
fn scoring(group: &mut BenchmarkGroup<WallTime>, model: &Model, text: &str) -> f64 {
    let (mut words, mut ends): (Vec<WordId>, Vec<usize>) = Default::default();
    for line in text.lines() {
        let ids = line.split_ascii_whitespace().map(|word| model.vocab().id_or_unknown(word));
        words.extend(ids);
        ends.push(words.len());
    }
    let log10 = |scores: &[Score]| scores.iter().map(|score| score.log_prob.log10()).sum::<f64>();
    let mut scores = Vec::new();
    let mut sequentially = || {
        let mut start = 0;
        let sums = ends.iter().map(|&end| {
            model.score_sentence(&words[start..end], &mut scores);
            start = end;
            log10(&scores)
        });
        sums.sum::<f64>()
    };
    let expected = sequentially();
    let name = model.layout().name();
    group.bench_function(format!("score sequentially, {name} layout"), |bencher| {
        bencher.iter(|| assert_eq!(sequentially(), expected));
    });
    let mut scores = Vec::new();
    let mut batched = || {
        model.score_sentences(&words, &ends, &mut scores);
        // Every line has the same number of words, and its end.
        scores.chunks(words.len() / LINES + 1).map(log10).sum::<f64>()
    };
    group.bench_function(format!("score batched, {name} layout"), |bencher| {
        bencher.iter(|| assert_eq!(batched(), expected));
    });
    expected
}

criterion_group!(benches, stages);
criterion_main!(benches);
