//! The smoothing method and its parameters.

use crate::input::{self, Input};
use crate::number;
use crate::summary::group;
use anyhow::bail;
use ngram_eval::overlap::is_telling;
use ngram_input::Reading;
use ngram_input::Text;
use ngram_store::is_same_file;
use ngram_train::OrderMethod;
use ngram_train::held_out::HeldOutSummary;
use ngram_train::smoothing::{
    self, Combine, Convention, Discounts, METHODS, Settings, Smoothing, UnigramBase,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Options that choose the smoothing method and its parameters.
#[derive(clap::Args)]
pub struct SmoothingArgs {
    /// The smoothing method, or one for each order from 1 up, such as witten-bell,kneser-ney,kneser-ney.
    #[arg(long, default_value = METHODS[0].name(), value_name = "NAME[,NAME,…]", value_delimiter = ',', value_parser = parser())]
    smoothing: Vec<String>,
    /// Back off instead of interpolating: use lower orders only for words that were not seen after
    /// a history, as SRILM does without -interpolate.
    #[arg(long)]
    backoff: bool,
    /// Interpolate unigrams with the uniform distribution (true, as in KenLM), or give the
    /// probability they leave over to words that are not in the text (false, as in SRILM) [default:
    /// true; false for back-off models].
    #[arg(long, value_name = "BOOL")]
    interpolate_unigrams: Option<bool>,
    /// What to do where almost no probability is left after a history: exact follows the equations,
    /// srilm does what SRILM does, so that perplexities are the same. This also decides where the
    /// probability that unigrams leave over goes.
    #[arg(long, default_value = "exact", value_name = "NAME", conflicts_with = "interpolate_unigrams", value_parser = ["exact", "srilm"])]
    convention: String,
    /// Minimum counts of the n-grams to keep, one per order from 1 up, the last for all higher
    /// orders; 1,1,2 is SRILM's default. Counts are those of the method: below the highest order,
    /// Kneser-Ney uses continuation counts. Discounts are estimated from all n-grams. The n-grams
    /// kept must fit in memory; --plan ignores this option.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = number::whole::<u32>(1, u32::MAX.into()))]
    min_counts: Vec<u32>,
    /// Held-out texts, not part of the training text, to fit parameters to: the discounts of
    /// modified-kneser-ney, kneser-ney and absolute, the weights of jelinek-mercer.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    dev: Vec<PathBuf>,
    /// Where the discounts come from [default: held-out with --dev, else formula].
    #[arg(long, value_enum, value_name = "SOURCE")]
    discounts: Option<Source>,
    /// Number of discounts per order for modified-kneser-ney: for counts of 1, 2, …, the last for all higher counts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = number::whole::<usize>(1, Settings::MAX_DISCOUNT_CLASSES as u64))]
    discount_classes: usize,
    /// Strength θ of pitman-yor [default: 0].
    #[arg(long, value_name = "NUMBER", value_parser = number::real(0.0, 1e9))]
    strength: Option<f64>,
    /// δ of additive smoothing, and of the unigrams of katz [default: 1].
    #[arg(long, value_name = "NUMBER", value_parser = number::above_zero(1e9))]
    delta: Option<f64>,
    /// Discount of absolute, kneser-ney and pitman-yor, for all orders [default: n1 / (n1 + 2 n2)].
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["dev", "discounts"], value_parser = number::above_zero(1.0))]
    discount: Option<f64>,
    /// Highest count that katz and good-turing discount [default: 5 for katz, 7 for good-turing].
    #[arg(long, value_name = "N", value_parser = number::whole::<u32>(1, Settings::MAX_GOOD_TURING.into()))]
    good_turing_max: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Source {
    /// From the counts-of-counts of the training text.
    Formula,
    /// Those under which the --dev text is most likely.
    HeldOut,
    /// Those under which the training text is most likely, each token left out of the counts that predict it.
    LeaveOneOut,
}

fn parser() -> clap::builder::PossibleValuesParser {
    METHODS.map(|method| method.name()).into()
}

impl SmoothingArgs {
    /// Returns the smoothing method.
    pub fn method(&self) -> anyhow::Result<&'static dyn Smoothing> {
        // The last of several is that of the highest order.
        let name = self.smoothing.last().map_or(METHODS[0].name(), String::as_str);
        Ok(smoothing::by_name(name)?)
    }

    /// Returns the method of each order, if there are several.
    pub fn by_order(&self) -> anyhow::Result<Vec<OrderMethod>> {
        if self.smoothing.len() == 1 {
            return Ok(Vec::new());
        }
        let settings = self.settings()?;
        let method = |name: &String| {
            let smoothing = smoothing::by_name(name)?;
            Ok(OrderMethod { smoothing, settings: settings.clone(), parameters: None })
        };
        self.smoothing.iter().map(method).collect()
    }

    /// Returns the method's parameters. An option that the method does not have is an error.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let name = self.smoothing.join(",");
        let given: [(&str, bool, &[&str]); 6] = [
            ("--delta", self.delta.is_some(), &["additive", "additive-backoff", "katz"]),
            ("--good-turing-max", self.good_turing_max.is_some(), &["katz", "good-turing"]),
            ("--strength", self.strength.is_some(), &["pitman-yor"]),
            ("--discount", self.discount.is_some(), &["absolute", "kneser-ney", "pitman-yor"]),
            ("--discount-classes", self.discount_classes != 3, &["modified-kneser-ney"]),
            (
                "--discounts",
                self.discounts.is_some_and(|source| source != Source::Formula),
                &["modified-kneser-ney", "kneser-ney", "absolute"],
            ),
        ];
        for (option, is_given, methods) in given {
            let has = |name: &String| methods.contains(&name.as_str());
            if is_given && !self.smoothing.iter().any(has) {
                bail!("{option} is for {}, not for {name}", methods.join(" and "));
            }
        }
        for (option, is_given) in [
            ("--backoff", self.backoff),
            ("--interpolate-unigrams", self.interpolate_unigrams.is_some()),
        ] {
            if is_given && self.method()?.spreads_evenly() {
                bail!(
                    "{option} has no effect on {name}: words not seen after a history share equally what is left; {name}-backoff divides it by the lower order"
                );
            }
        }
        match self.discounts {
            Some(Source::HeldOut) if self.dev.is_empty() => {
                bail!("--discounts held-out needs a held-out text: name one with --dev")
            }
            Some(Source::Formula | Source::LeaveOneOut)
                if !self.dev.is_empty() && !name.starts_with("jelinek-mercer") =>
            {
                bail!("--dev is what discounts are fitted to: leave out --discounts, or --dev")
            }
            _ => {}
        }
        let default = Settings::default();
        Ok(Settings {
            combine: self.backoff.then_some(Combine::BackOff),
            unigrams: self.interpolate_unigrams.map(|interpolate| match interpolate {
                true => UnigramBase::Uniform,
                false => UnigramBase::Unseen,
            }),
            min_counts: self.min_counts.clone(),
            delta: self.delta.unwrap_or(default.delta),
            good_turing_max: self.good_turing_max,
            discounts: match self.discounts {
                Some(Source::LeaveOneOut) => Discounts::LeaveOneOut,
                _ => Discounts::Formula,
            },
            discount_classes: self.discount_classes,
            strength: self.strength.unwrap_or(default.strength),
            discount: self.discount,
            convention: match self.convention.as_str() {
                "srilm" => Convention::Srilm,
                _ => Convention::Exact,
            },
            ..default
        })
    }

    /// Opens the held-out texts. Fails if one of them is also a training text.
    pub fn held_out(
        &self,
        training: &[Input],
        reading: &Reading,
    ) -> anyhow::Result<Arc<Vec<Text>>> {
        let inputs = input::expand_as(&self.dev, reading)?;
        for input in &inputs {
            let is_input = |other: &&Input| match (input.path(), other.path()) {
                (Some(path), Some(other)) => is_same_file(path, other),
                _ => input.name == other.name,
            };
            if training.iter().any(|other| is_input(&other)) {
                bail!(
                    "{} is both a training text and --dev: parameters fitted to the training text leave nothing for unseen n-grams; hold another text out",
                    input.name
                );
            }
        }
        Ok(Arc::new(inputs.iter().map(Input::text).collect::<anyhow::Result<_>>()?))
    }
}

/// Returns a warning if nearly nothing in a held-out text is new that would be new in another: if it seems to be part of the training text.
pub fn overlap(held_out: &HeldOutSummary) -> Option<String> {
    let HeldOutSummary { seen, whole, new, .. } = *held_out;
    (whole > 0 && is_telling(seen, whole, new)).then(|| {
        format!(
            "{:.0} % of the held-out text's n-grams of the highest order ({} of {}) are in the training text, and of another text about {:.0} % would be: if the held-out text is part of it, the fit is useless",
            100.0 * seen as f64 / whole as f64,
            group(seen),
            group(whole),
            100.0 * (1.0 - new),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_told_where_nearly_all_was_seen() {
        let of = |seen, new| {
            overlap(&HeldOutSummary { tokens: 200, unknown: 0, seen, whole: 100, new, bits: None })
        };
        assert_eq!(of(89, 0.8), None);
        // Of characters, or of single words, nearly all were seen in any text.
        assert_eq!(of(100, 0.02), None);
        assert!(of(95, 0.8).unwrap().starts_with("95 % of the held-out text's n-grams"));
    }
}
