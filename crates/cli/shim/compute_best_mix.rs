//! SRILM's `compute-best-mix`.

use super::usage::Usage;
use crate::input;
use crate::output;
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_eval::number::significant;
use ngram_model::exp10::power_of_ten;
use ngram_model::log10::ln;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

const USAGE: &str = "\
Usage: compute-best-mix [lambda='L1 L2 ...'] [precision=P] PPL1 PPL2 ...

Prints the weights of a linear mixture under which a text is most likely, from what `ngram -debug 2 -ppl` printed of the
text under each model. The first weights are those given, 0.5 for the first model; the last steps change none by more than
P, 0.001. `ngram mix --dev` does the same from the models themselves.";

/// Significant digits of weights and perplexities.
const DIGITS: usize = 6;

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let (mut first, mut precision) = (vec![0.5], 0.001);
    let mut files = Vec::new();
    for argument in arguments {
        let text = argument.to_string_lossy();
        let number = |text: &str| -> anyhow::Result<f64> {
            Ok(text
                .parse()
                .map_err(|_| Usage(format!("compute-best-mix: {text:?} is no number")))?)
        };
        match text.split_once('=') {
            Some(("lambda", weights)) => {
                first = weights.split_whitespace().map(number).collect::<Result<_, _>>()?;
            }
            Some(("precision", value)) => precision = number(value)?,
            _ if text.starts_with('-') => return Err(Usage(USAGE.to_owned()).into()),
            _ => files.push(argument),
        }
    }
    // With any other number the steps might never end.
    if !(precision > 0.0 && precision < 1.0) {
        return Err(Usage("compute-best-mix: precision is between 0 and 1".to_owned()).into());
    }
    if files.is_empty() || first.is_empty() || first.len() > files.len() {
        return Err(Usage(USAGE.to_owned()).into());
    }
    let probs: Vec<Vec<f64>> =
        files.iter().map(|file| read(Path::new(file))).collect::<Result<_, _>>()?;
    for (file, probs_of) in files.iter().zip(&probs) {
        if probs_of.len() != probs[0].len() {
            bail!(
                "{} has {} words, and {} has {}: they are not of the same text",
                files[0].display(),
                probs[0].len(),
                file.display(),
                probs_of.len()
            );
        }
    }
    let (weights, words) = fit(&probs, &first, precision)?;
    writeln!(output::stdout(), "{words} non-oov words, best lambda {}", shown(&weights))?;
    Ok(())
}

/// Reads the probabilities of words, 0 for unknown ones.
fn read(path: &Path) -> anyhow::Result<Vec<f64>> {
    let input = input::named(path)?;
    let mut probs = Vec::new();
    for line in BufReader::new(input.open(|_| ())?).lines() {
        let line = line.with_context(|| format!("cannot read {}", input.name))?;
        let mut fields = line.split_whitespace();
        if fields.next() != Some("p(") {
            continue;
        }
        let log10 = line.rsplit_once('[').and_then(|(_, rest)| rest.split_whitespace().next());
        probs.push(match log10 {
            Some(infinite) if infinite.eq_ignore_ascii_case("-inf") => 0.0,
            Some(number) => power_of_ten(number.parse().with_context(|| {
                format!("{}: {number:?} is no log-probability, in {line:?}", input.name)
            })?),
            None => bail!("{}: no log-probability in {line:?}", input.name),
        });
    }
    match probs.is_empty() {
        true => bail!("{} has no lines of words: print them by `ngram -debug 2 -ppl`", input.name),
        false => Ok(probs),
    }
}

/// Fits the weights by expectation maximisation. Returns the number of words that some model knows, too.
fn fit(probs: &[Vec<f64>], first: &[f64], precision: f64) -> anyhow::Result<(Vec<f64>, u64)> {
    let rest = (1.0 - first.iter().sum::<f64>()) / (probs.len() - first.len()).max(1) as f64;
    let mut weights = first.to_vec();
    weights.resize(probs.len(), rest);
    if weights.iter().any(|weight| !(0.0..=1.0).contains(weight)) {
        bail!("weights are between 0 and 1 and sum to 1: {}", shown(&weights));
    }
    let mut iteration = 0;
    loop {
        iteration += 1;
        let (mut words, mut log_likelihood) = (0u64, 0.0);
        let mut shares = vec![0.0; probs.len()];
        for word in 0..probs[0].len() {
            let parts = || weights.iter().zip(probs).map(|(weight, probs)| weight * probs[word]);
            let sum: f64 = parts().sum();
            if probs.iter().all(|probs| probs[word] == 0.0) || sum == 0.0 {
                continue;
            }
            words += 1;
            log_likelihood += ln(sum);
            shares.iter_mut().zip(parts()).for_each(|(share, part)| *share += part / sum);
        }
        if words == 0 {
            bail!("no model knows any word");
        }
        let perplexity = significant((-log_likelihood / words as f64).exp(), DIGITS);
        tell!("iteration {iteration}, lambda = {}, ppl = {perplexity}", shown(&weights));
        let mut largest = 0.0f64;
        for (weight, share) in weights.iter_mut().zip(shares) {
            let better = share / words as f64;
            largest = largest.max((*weight - better).abs());
            *weight = better;
        }
        if largest <= precision {
            return Ok((weights, words));
        }
    }
}

fn shown(weights: &[f64]) -> String {
    let weights: Vec<String> = weights.iter().map(|&weight| significant(weight, DIGITS)).collect();
    format!("({})", weights.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One step from 1/2 each: the first word's shares are 3/4 and 1/4, those of the second 1/3 and 2/3; the third, which no
    /// model knows, is left out. Their means are 13/24 and 11/24.
    #[test]
    fn a_step_takes_the_mean_of_the_shares() {
        let probs = [vec![0.3, 0.1, 0.0], vec![0.1, 0.2, 0.0]];
        let (weights, words) = fit(&probs, &[0.5], 0.1).unwrap();
        assert_eq!(words, 2);
        assert!((weights[0] - 13.0 / 24.0).abs() < 1e-12, "{weights:?}");
        assert!((weights[1] - 11.0 / 24.0).abs() < 1e-12, "{weights:?}");
        assert!(fit(&probs, &[1.5], 0.1).is_err());
        assert!(fit(&[vec![0.0], vec![0.0]], &[0.5], 0.1).is_err());
    }
}
