//! `ngram info-theory`.

use crate::input;
use crate::number;
use crate::options::{ThreadsArgs, saying};
use crate::output;
use crate::page::PageFile;
use crate::progress::ProgressDisplay;
use crate::raw_text::RawText;
use anyhow::{Context, bail};
use ngram_counts::TokenizerName;
use ngram_lab::information::{
    DistanceInformation, Distribution, Divergence, Divergences, divergence,
    information_at_distances,
};
use ngram_model::{LanguageModel, Model};
use ngram_report::html;
use ngram_store::Progress;
use ngram_tokenizer::{Interner, TokenizerSpec};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Work out entropy, cross-entropy, perplexity, KL divergence and mutual information.
///
/// Without options, shows a worked example of each. With --p and --q, computes them for your own distributions. With
/// --text, computes the mutual information of tokens at a distance; with --model as well, the entropy of the model's
/// predictions, and with --against the divergence of two models.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// Distribution P: probabilities that sum to 1, separated by commas.
    #[arg(long, value_name = "P,P,…", value_delimiter = ',', allow_negative_numbers = true, value_parser = number::real(0.0, 1.0))]
    p: Option<Vec<f64>>,

    /// Distribution Q over the same outcomes, to compare with P.
    #[arg(
        long,
        value_name = "Q,Q,…",
        value_delimiter = ',',
        requires = "p",
        allow_negative_numbers = true,
        value_parser = number::real(0.0, 1.0)
    )]
    q: Option<Vec<f64>>,

    /// Text: a file, or - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "p")]
    text: Option<PathBuf>,

    /// Distances in tokens: a number, or a range such as 1..10.
    #[arg(long, value_name = "D", requires = "text", default_value = "1..10", value_parser = distances)]
    distance: RangeInclusive<usize>,

    /// How to split --text into tokens.
    #[arg(long, value_name = "NAME", default_value = "words")]
    tokenizer: TokenizerName,

    /// Model P, for the entropy of its predictions at each token of --text.
    #[arg(short, long, value_name = "FILE", requires = "text")]
    model: Option<PathBuf>,

    /// Model Q with the same vocabulary, for D_KL(P‖Q).
    #[arg(long, value_name = "FILE", requires = "model")]
    against: Option<PathBuf>,

    /// Write JSON; infinite figures are null.
    #[arg(long)]
    json: bool,

    /// Also write an HTML page to this file, with H(P, Q) = H(P) + D_KL(P‖Q) drawn to scale. The
    /// page is one self-contained file.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    #[command(flatten)]
    threads: ThreadsArgs,
}

fn distances(argument: &str) -> Result<RangeInclusive<usize>, String> {
    let number = |text: &str| match text.trim().parse::<usize>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{text:?} is no distance: give a number from 1, or two as in 1..10")),
    };
    let range = match argument.split_once("..") {
        None => number(argument)?..=number(argument)?,
        Some((first, last)) => number(first)?..=number(last.trim_start_matches('='))?,
    };
    if *range.end() > 1_000_000 || range.clone().count() > 1000 {
        return Err("give at most 1000 distances, up to 1000000".to_owned());
    }
    if range.is_empty() {
        return Err(format!("{argument}: the first distance is greater than the last"));
    }
    Ok(range)
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[(
    "threads",
    "Number of threads [default: one per core]; the figures are the same for any number",
)];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let page = args.html.as_deref().map(PageFile::create).transpose()?;
    let pool = args.threads.pool()?;
    let answer = pool.install(|| match (&args.p, &args.text) {
        (Some(p), _) => own(p, args.q.as_deref()),
        (None, Some(path)) if args.model.is_some() => models(&args, path),
        (None, Some(path)) => at_distances(&args, path),
        (None, None) => example(),
    })?;
    if let Some(page) = page {
        page.write(&answer.html)?;
    }
    let mut out = output::stdout();
    let shown =
        if args.json { serde_json::to_string_pretty(&answer.json)? + "\n" } else { answer.text };
    out.write_all(shown.as_bytes())?;
    Ok(())
}

/// The result, in each form.
struct Answer {
    text: String,
    json: Value,
    html: String,
}

fn distribution(name: &str, probabilities: &[f64]) -> anyhow::Result<Distribution> {
    Distribution::new(probabilities.to_vec())
        .with_context(|| format!("--{name} is not a distribution"))
}

fn own(p: &[f64], q: Option<&[f64]>) -> anyhow::Result<Answer> {
    let p = distribution("p", p)?;
    let mut out = format!("P = {}\n", list(p.probabilities()));
    let Some(q) = q else {
        let entropy = p.entropy();
        row(&mut out, "H(P)", entropy, "bits", "−Σ p log2 p");
        row(&mut out, "2^H(P)", entropy.exp2(), "", "equally likely outcomes as hard to foresee");
        let most = (p.probabilities().len() as f64).log2();
        row(&mut out, "at most", most, "bits", "log2 of the number of outcomes");
        return Ok(Answer {
            text: out,
            json: json!({"p": p.probabilities(), "entropy_p": entropy}),
            html: html::info_theory::distribution(p.probabilities(), entropy),
        });
    };
    let q = distribution("q", q)?;
    let comparison = Divergences::new(&p, &q)?;
    let _ = writeln!(out, "Q = {}", list(q.probabilities()));
    compare(&mut out, &comparison);
    Ok(Answer {
        text: out,
        json: serde_json::to_value(&comparison)?,
        html: html::info_theory::comparison(&comparison, false),
    })
}

fn list(probabilities: &[f64]) -> String {
    let numbers: Vec<String> = probabilities.iter().map(f64::to_string).collect();
    format!("({})", numbers.join(", "))
}

fn row(out: &mut String, label: &str, value: f64, unit: &str, how: &str) {
    let line = format!("  {label:<16}{value:>9.4} {unit:<5} {how}");
    let _ = writeln!(out, "{}", line.trim_end());
}

/// Writes each measure, the terms of the divergence, and how the measures add up.
fn compare(out: &mut String, c: &Divergences) {
    row(out, "H(P)", c.entropy_p, "bits", "−Σ p log2 p");
    row(out, "H(Q)", c.entropy_q, "bits", "−Σ q log2 q");
    row(out, "H(P, Q)", c.cross_entropy, "bits", "−Σ p log2 q");
    row(out, "perplexity", c.perplexity, "", "2^H(P, Q)");
    let terms: Vec<String> =
        c.p.iter()
            .zip(&c.q)
            .filter(|&(&p, _)| p > 0.0)
            .map(|(&p, &q)| format!("{:+.4}", p * (p / q).log2()))
            .collect();
    row(out, "D_KL(P‖Q)", c.kl_divergence, "bits", "Σ p log2 (p / q)");
    if terms.len() <= 8 {
        let _ = writeln!(out, "{:34}= {}", "", terms.join(" "));
    }
    row(out, "D_KL(Q‖P)", c.kl_divergence_reversed, "bits", "not the same: it has a direction");
    row(out, "JSD(P, Q)", c.jensen_shannon, "bits", "(D_KL(P‖M) + D_KL(Q‖M)) / 2, M = (P + Q) / 2");
    if c.infinite {
        out.push_str("  Q gives probability 0 to what P does not: nothing makes up for that.\n");
        return;
    }
    let sum = c.entropy_p + c.kl_divergence;
    let _ = writeln!(
        out,
        "\n  H(P, Q) = H(P) + D_KL(P‖Q): {:.4} = {:.4} + {:.4} = {sum:.4}",
        c.cross_entropy, c.entropy_p, c.kl_divergence
    );
    out.push_str(&bars(c));
}

/// Length of the longest bar, in characters.
const BAR: f64 = 60.0;

/// Draws the decomposition: the cross-entropy above its two parts.
fn bars(c: &Divergences) -> String {
    if c.cross_entropy <= 0.0 {
        return String::new();
    }
    let entropy = (c.entropy_p / c.cross_entropy * BAR).round() as usize;
    let gap = BAR as usize - entropy.min(BAR as usize);
    let mut out = format!("\n  H(P, Q) {}\n", "█".repeat(BAR as usize));
    let _ = writeln!(out, "  H(P)    {}{}  D_KL(P‖Q)", "▓".repeat(entropy), "░".repeat(gap));
    out
}

fn example() -> anyhow::Result<Answer> {
    let of = |probabilities: &[f64]| Distribution::new(probabilities.to_vec());
    let mut out = String::from("Entropy, −Σ p log2 p: uncertainty\n");
    let (fair, loaded) = (of(&[0.5, 0.5])?, of(&[0.9, 0.1])?);
    row(&mut out, "fair coin", fair.entropy(), "bits", "(0.5, 0.5): one yes-or-no question");
    row(&mut out, "loaded coin", loaded.entropy(), "bits", "(0.9, 0.1)");

    out.push_str(
        "\nCross-entropy, −Σ p log2 q: the loss, where P is certain of the correct token\n",
    );
    let truth = of(&[0.0, 1.0, 0.0])?;
    let (good, bad) = (of(&[0.05, 0.90, 0.05])?, of(&[0.30, 0.40, 0.30])?);
    let (good_loss, bad_loss) = (truth.cross_entropy(&good)?, truth.cross_entropy(&bad)?);
    row(&mut out, "confident model", good_loss, "bits", "−log2 0.9");
    row(&mut out, "uncertain model", bad_loss, "bits", "−log2 0.4");
    let mistaken = of(&[0.0, 1.0])?.cross_entropy(&of(&[0.99, 0.01])?)?;
    row(&mut out, "mistaken model", mistaken, "bits", "−log2 0.01");

    out.push_str("\nPerplexity, 2^H(P, Q): the same as a number of equally likely choices\n");
    row(&mut out, "confident model", good_loss.exp2(), "", "1 / 0.9");
    row(&mut out, "uncertain model", bad_loss.exp2(), "", "1 / 0.4");

    out.push_str("\nKL divergence: the gap\n");
    let comparison = Divergences::new(&of(&[0.7, 0.2, 0.1])?, &of(&[0.5, 0.3, 0.2])?)?;
    let _ = writeln!(out, "  P = {}, Q = {}", list(&comparison.p), list(&comparison.q));
    compare(&mut out, &comparison);
    let html = html::info_theory::comparison(&comparison, true);
    let json = json!({
        "entropy": {"fair_coin": fair.entropy(), "loaded_coin": loaded.entropy()},
        "cross_entropy": {"confident": good_loss, "uncertain": bad_loss, "mistaken": mistaken},
        "perplexity": {"confident": good_loss.exp2(), "uncertain": bad_loss.exp2()},
        "comparison": comparison,
    });
    Ok(Answer { text: out, json, html })
}

fn at_distances(args: &Args, path: &Path) -> anyhow::Result<Answer> {
    let name = path.display();
    let tokenizer = args.tokenizer.open(false)?;
    let tokens = tokens(path, &tokenizer)?;
    let distances: Vec<usize> =
        args.distance.clone().take_while(|&distance| distance < tokens.len()).collect();
    let found = information_at_distances(&tokens, &distances);
    if found.is_empty() {
        bail!(
            "{name} has {} tokens, none of them {} after another: give a longer text or a shorter --distance",
            tokens.len(),
            args.distance.start()
        );
    }
    let mut out = format!(
        "{name}: mutual information of tokens ({}) at a distance, in bits\n\n",
        tokenizer.kind
    );
    let _ = writeln!(
        out,
        "{:>8}{:>12}{:>12}{:>14}{:>12}{:>20}",
        "distance", "pairs", "plug-in", "Miller–Madow", "shuffled", "plug-in − shuffled"
    );
    for DistanceInformation { distance, pairs, plug_in, miller_madow, shuffled } in &found {
        let rest = plug_in - shuffled;
        let _ = writeln!(
            out,
            "{distance:>8}{pairs:>12}{plug_in:>12.4}{miller_madow:>14.4}{shuffled:>12.4}{rest:>20.4}"
        );
    }
    out.push_str(
        "\nplug-in       H(X) + H(Y) − H(X, Y) of the pairs' relative frequencies: too high, as rare pairs look informative\n\
         Miller–Madow  each entropy plus (kinds − 1) / (2 pairs ln 2) bits: corrects too little where most pairs stand once\n\
         shuffled      the plug-in value of the same tokens in a random order (fixed seed): chance alone\n\
         Lines follow each other without a mark between them.\n",
    );
    let html = html::info_theory::distances(
        &name.to_string(),
        &tokenizer.kind.to_string(),
        tokens.len() as u64,
        &found,
    );
    let json = json!({
        "file": name.to_string(),
        "tokenizer": tokenizer.kind.to_string(),
        "tokens": tokens.len(),
        "distances": found,
    });
    Ok(Answer { text: out, json, html })
}

/// Returns the tokens of a text, numbered in order of first occurrence.
fn tokens(path: &Path, tokenizer: &TokenizerSpec) -> anyhow::Result<Vec<u32>> {
    let text = read(path)?;
    let mut interner = Interner::new();
    let mut tokens = Vec::new();
    for line in text.lines() {
        tokenizer.tokenize(line, |token| tokens.push(interner.intern(token)));
    }
    Ok(tokens)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let input = input::single(path)?;
    let progress = ProgressDisplay::new(true);
    progress.begin("reading", input.size, "bytes");
    Ok(RawText::read(&input, &progress)?.text)
}

fn models(args: &Args, path: &Path) -> anyhow::Result<Answer> {
    let Some(p_path) = &args.model else { bail!("name a model with --model") };
    let p = input::open_model(p_path)?;
    let q = args.against.as_deref().map(input::open_model).transpose()?;
    let text = read(path)?;
    let found = divergence(&p, q.as_ref().unwrap_or(&p), &text)?;
    [Some(&p), q.as_ref()].into_iter().flatten().try_for_each(Model::unchanged)?;
    let Some(d) = found else { bail!("{} is empty: no token to average over", path.display()) };
    let Divergence { tokens, entropy_p, cross_entropy_p, .. } = d;
    let mut out = format!(
        "{}: means over {tokens} tokens, </s> included, of sums over {} words that can come next\n\n",
        path.display(),
        p.vocab().words().count() - 1
    );
    let _ = writeln!(out, "P = {}", p_path.display());
    row(&mut out, "H(P)", entropy_p, "bits", "entropy of what P expects");
    row(&mut out, "−log2 P", cross_entropy_p, "bits", "of the tokens that came: cross-entropy");
    let mut value = json!({
        "file": path.display().to_string(),
        "tokens": tokens,
        "entropy_p": entropy_p,
        "cross_entropy_p": cross_entropy_p,
    });
    if let Some(q_path) = &args.against {
        let _ = writeln!(out, "Q = {}", q_path.display());
        row(&mut out, "H(Q)", d.entropy_q, "bits", "entropy of what Q expects");
        row(
            &mut out,
            "−log2 Q",
            d.cross_entropy_q,
            "bits",
            "of the tokens that came: cross-entropy",
        );
        row(&mut out, "D_KL(P‖Q)", d.kl_divergence, "bits", "of what both expect");
        value = serde_json::to_value(d)?;
        value["file"] = json!(path.display().to_string());
        value["infinite"] = json!(d.kl_divergence.is_infinite());
    }
    let q_name = args.against.as_ref().map(|path| path.display().to_string());
    let html = html::info_theory::models(
        &path.display().to_string(),
        &p_path.display().to_string(),
        q_name.as_deref(),
        &d,
    );
    Ok(Answer { text: out, json: value, html })
}
