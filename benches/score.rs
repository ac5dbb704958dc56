//! Measures scoring alone, in nanoseconds per token, on any model and text: the text is read and
//! its words are numbered before the clock starts.
//!
//! ```text
//! cargo bench --bench score -- MODEL TEXT
//! ```
//!
//! Runs on one thread. Sentences are scored one by one (`score_sentence`) and many at once
//! (`score_sentences`), which must agree to the last bit. Without a model and a text, as in a plain
//! `cargo bench`, it does nothing; the bench `stages` scores made-up text.

use ngram_model::{LanguageModel, Model, Score};
use ngram_tokenizer::WordId;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

/// How many times each way is timed. The minimum counts, since other load on the machine only adds time.
const RUNS: usize = 9;

/// About how many tokens are scored at once, as `ngram eval` does.
const BATCH: usize = 1 << 13;

/// Word ids of many sentences, and where each sentence ends.
#[derive(Default)]
struct Batch {
    words: Vec<WordId>,
    ends: Vec<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Skips the options that cargo adds.
    let files = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let [model, text] = &files.collect::<Vec<String>>()[..] else {
        println!("score: no model and text; usage: cargo bench --bench score -- MODEL TEXT");
        return Ok(());
    };
    let model = Model::open(Path::new(model))?;
    let batches = read(&model, &String::from_utf8_lossy(&std::fs::read(text)?));
    let tokens: usize = batches.iter().map(|batch| batch.words.len() + batch.ends.len()).sum();
    println!(
        "order {}, {} layout, {} bytes; {tokens} tokens, </s> included; least of {RUNS} runs",
        model.order(),
        model.layout().name(),
        model.file_size()
    );
    let mut scores = Vec::new();
    let one_by_one = timed("score_sentence, one by one", tokens, || {
        let mut sum = 0.0;
        for batch in &batches {
            let mut start = 0;
            for &end in &batch.ends {
                model.score_sentence(&batch.words[start..end], &mut scores);
                sum += log10(&scores);
                start = end;
            }
        }
        sum
    });
    let at_once = timed("score_sentences, many at once", tokens, || {
        let mut sum = 0.0;
        for batch in &batches {
            model.score_sentences(&batch.words, &batch.ends, &mut scores);
            let mut rest = &scores[..];
            let mut start = 0;
            for &end in &batch.ends {
                let sentence;
                (sentence, rest) = rest.split_at(end + 1 - start);
                sum += log10(sentence);
                start = end;
            }
        }
        sum
    });
    assert_eq!(one_by_one, at_once, "both ways give the same scores");
    println!("log10 p = {one_by_one}, perplexity {}", 10f64.powf(-one_by_one / tokens as f64));
    Ok(())
}

/// Splits the text like the model's training text, and numbers its words.
fn read(model: &Model, text: &str) -> Vec<Batch> {
    let vocab = model.vocab();
    let mut batches: Vec<Batch> = Vec::new();
    for line in text.lines() {
        if batches.last().is_none_or(|batch| batch.words.len() >= BATCH) {
            batches.push(Batch::default());
        }
        if let Some(Batch { words, ends }) = batches.last_mut() {
            model.tokenizer().tokenize(line, |word| words.push(vocab.id_or_unknown(word)));
            ends.push(words.len());
        }
    }
    batches
}

fn log10(scores: &[Score]) -> f64 {
    scores.iter().map(|score| score.log_prob.log10()).sum()
}

/// Times `work` and prints the minimum time per token; returns the result of `work`.
fn timed(name: &str, tokens: usize, mut work: impl FnMut() -> f64) -> f64 {
    let mut least = Duration::MAX;
    let mut result = 0.0;
    for _ in 0..RUNS {
        let started = Instant::now();
        result = work();
        least = least.min(started.elapsed());
    }
    println!("{name:30} {:6.1} ns/token", least.as_nanos() as f64 / tokens as f64);
    result
}
