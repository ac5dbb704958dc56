//! Renders what a mixture of models is, and what it gains on held-out text.

use ngram_edit::mix::{Blend, Comparison, Mixed, Perplexity};
use ngram_eval::number::grouped as group;
use ngram_eval::sampling::{Interval, Ratio};
use serde_json::{Value, json};
use std::fmt::Write;

/// Everything that the summary reports.
pub struct Summary {
    /// The names of the models.
    pub names: Vec<String>,
    /// How many words of the mixture each of them lacks.
    pub lacking: Vec<usize>,
    /// How many of them have an open vocabulary.
    pub opened: usize,
    /// How they are combined.
    pub blend: Blend,
    /// The mixture.
    pub mixed: Mixed,
    /// What it is worth, if there is a held-out text.
    pub held_out: Option<MixOnHeldOut>,
}

/// The models and the mixture on the held-out text.
pub struct MixOnHeldOut {
    found: Comparison,
    written: Perplexity,
    /// How many bits per token the mixture gains over the best of its models.
    gain: Ratio,
}

impl MixOnHeldOut {
    /// Takes the mixture by its formula, beside its models, and the perplexity of the model as it was written.
    pub fn new(found: Comparison, written: Perplexity) -> MixOnHeldOut {
        let mut gain = Ratio::default();
        for &(bits, tokens) in &found.gains {
            gain.add(bits, tokens);
        }
        MixOnHeldOut { found, written, gain }
    }
}

impl Summary {
    /// Renders the summary as text: weights, perplexities, and the n-grams of each order.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let names = &self.names;
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(20);
        // Writing to a String cannot fail.
        if let Some(MixOnHeldOut { found, gain, .. }) = &self.held_out {
            let _ = writeln!(
                text,
                "held out: {} tokens in {} sentences, {} of them in no model's vocabulary (OOV)\n",
                group(found.tokens as u64),
                group(gain.units()),
                group(found.oovs as u64),
            );
        }
        let number =
            |number: Option<f64>| number.map_or("–".to_owned(), |number| format!("{number:.2}"));
        let _ = write!(text, "{:width$} {:>8} {:>12}", "", "weight", "words lacking");
        if self.held_out.is_some() {
            let _ = write!(text, " {:>12} {:>12}", "perplexity", "without OOVs");
        }
        text.push('\n');
        for (model, name) in names.iter().enumerate() {
            let (weight, lacking) = (self.blend.weights()[model], self.lacking[model] as u64);
            let _ = write!(text, "{name:width$} {weight:>8.4} {:>13}", group(lacking));
            if let Some(MixOnHeldOut { found, .. }) = &self.held_out {
                let Perplexity { all, known, .. } = found.alone[model];
                let _ = write!(text, " {:>12} {:>12}", number(all), number(known));
            }
            text.push('\n');
        }
        if let Some(MixOnHeldOut { found, written, gain }) = &self.held_out {
            let rows = [("mixture, by formula", &found.exact), ("mixture, as written", written)];
            for (name, Perplexity { all, known, .. }) in rows {
                let _ = writeln!(
                    text,
                    "{name:width$} {:>8} {:>13} {:>12} {:>12}",
                    "",
                    "",
                    number(*all),
                    number(*known)
                );
            }
            if self.blend.kinds() > 0 {
                let _ = writeln!(
                    text,
                    "weights are of histories of no kind with its own; {} kinds have their own",
                    group(self.blend.kinds() as u64)
                );
            }
            let alone = found.alone.iter().map(|perplexity| perplexity.zeros);
            let zeros: Vec<String> = alone
                .chain([found.exact.zeros])
                .zip(names.iter().map(String::as_str).chain(["the mixture"]))
                .filter(|(zeros, _)| *zeros > 0)
                .map(|(zeros, name)| format!("{} for {name}", group(zeros)))
                .collect();
            if !zeros.is_empty() {
                let _ = writeln!(text, "tokens of probability 0, left out: {}", zeros.join(", "));
            }
            let interval = gain.interval();
            if let Some(gain) = gain.value() {
                let _ = write!(
                    text,
                    "gain over {}: {gain:.4} bits a token, perplexity {:+.1} %",
                    names[found.best],
                    100.0 * ((-gain).exp2() - 1.0)
                );
                if let Some(Interval { low, high }) = interval {
                    let _ = write!(text, "; 95 % interval {low:.4} to {high:.4} over sentences");
                }
                text.push('\n');
            }
        }
        let _ = match (self.mixed.is_open, self.opened) {
            (true, _) => writeln!(
                text,
                "open vocabulary: spelling, spacing and case from the model of the highest weight that has them"
            ),
            (false, 0) => Ok(()),
            (false, opened) => {
                writeln!(text, "closed vocabulary, though {opened} of the models had an open one")
            }
        };
        text.push('\n');
        for (order, row) in (1..).zip(&self.mixed.info.orders) {
            let _ = writeln!(text, "{:>15} {order}-grams", group(row.ngrams));
        }
        text
    }

    /// Returns the summary as JSON. `file` is the name of the mixture.
    pub fn json(&self, file: &str) -> Value {
        let models = self.names.iter().enumerate().map(|(model, name)| {
            json!({
                "file": name,
                "weight": self.blend.weights()[model],
                "words_lacking": self.lacking[model],
                "held_out": self.held_out.as_ref().map(|held_out| held_out.found.alone[model]),
            })
        });
        let held_out = self.held_out.as_ref().map(|MixOnHeldOut { found, written, gain }| {
            json!({
                "tokens": found.tokens,
                "sentences": gain.units(),
                "oovs": found.oovs,
                "mixture_by_formula": found.exact,
                "mixture_as_written": written,
                "best_model": self.names[found.best],
                "gain_bits_per_token": gain.value(),
                "gain_interval_95": gain.interval(),
            })
        });
        json!({
            "file": file,
            "bytes": self.mixed.file_size,
            "vocabulary": self.mixed.vocab_len,
            "open_vocabulary": self.mixed.is_open,
            "order": self.mixed.info.order(),
            "kind": self.mixed.info.smoothing,
            "ngrams": self.mixed.info.orders.iter().map(|order| order.ngrams).collect::<Vec<_>>(),
            "models": models.collect::<Vec<_>>(),
            "kinds_of_histories": self.blend.kinds(),
            "held_out": held_out,
        })
    }
}
