//! Options for mixtures at evaluation.

use crate::foreign::ForeignArgs;
use crate::input;
use crate::number;
use anyhow::{Context, bail};
use ngram_eval::mixture::{CacheSpec, DynamicMixture, MixedModel};
use ngram_model::{AnyModel, LanguageModel};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What to mix with the model while it is evaluated.
#[derive(clap::Args)]
pub struct Parts {
    /// Mix in another model, of words or of classes. May be repeated.
    ///
    /// The mixture is p = Σ λ p over its parts. Words that a model lacks share its probability of `<unk>`. Needs
    /// --dev or --weights.
    #[arg(long = "with", value_name = "MODEL", help_heading = "Mixture")]
    with: Vec<PathBuf>,

    /// Mix in a cache of the text so far: its half-life in tokens, and the order of its n-grams
    /// [default: 1]. May be repeated.
    ///
    /// `200` is a cache of unigrams, `5000:3` one of trigrams; `inf` forgets nothing. A cache knows
    /// only the text before each token, so the mixture is a proper model.
    #[arg(long = "cache", value_name = "HALF-LIFE[:ORDER]", help_heading = "Mixture")]
    cache: Vec<CacheArg>,

    /// Fit the weights to this text, by expectation maximisation. It must not be the text that is evaluated.
    #[arg(long, value_name = "FILE", conflicts_with = "weights", help_heading = "Mixture")]
    dev: Option<PathBuf>,

    /// Weights of the model, of each --with, and of each --cache.
    #[arg(long, value_name = "λ,λ,…", value_delimiter = ',', help_heading = "Mixture", value_parser = number::weight)]
    weights: Option<Vec<f64>>,
}

#[derive(Clone, Copy)]
struct CacheArg(CacheSpec);

impl FromStr for CacheArg {
    type Err = String;

    fn from_str(arg: &str) -> Result<CacheArg, String> {
        let (half_life, order) = arg.split_once(':').unwrap_or((arg, "1"));
        let half_life: f64 = half_life.parse().map_err(|_| "not a number of tokens".to_owned())?;
        let order: usize =
            order.parse().map_err(|_| "the part after the colon is not an order".to_owned())?;
        if half_life.is_nan() || half_life < 1.0 {
            return Err("a half-life is at least 1 token".to_owned());
        }
        if !(1..=9).contains(&order) {
            return Err("the order of a cache is from 1 to 9".to_owned());
        }
        Ok(CacheArg(CacheSpec { half_life, order }))
    }
}

impl Parts {
    /// Whether there is anything to mix.
    pub fn any(&self) -> anyhow::Result<bool> {
        let any = !self.with.is_empty() || !self.cache.is_empty();
        if !any && (self.dev.is_some() || self.weights.is_some()) {
            bail!("--dev and --weights are for mixtures: name what to mix with --with or --cache");
        }
        if any && self.dev.is_none() && self.weights.is_none() {
            bail!(
                "a mixture needs weights: give a text like the one to be evaluated with --dev, or --weights"
            );
        }
        Ok(any)
    }

    /// Fails, saying why, if caches were asked for where they make no sense.
    pub fn no_caches(&self, why: &str) -> anyhow::Result<()> {
        if !self.cache.is_empty() {
            bail!("{why}: leave --cache out");
        }
        Ok(())
    }

    /// Opens the other models.
    pub fn open(&self, how: &ForeignArgs) -> anyhow::Result<Vec<AnyModel>> {
        self.with.iter().map(|path| how.open_among(path)).collect()
    }

    /// Returns the models as one, with equal weights unless others are given.
    pub fn mixed<'m>(
        &self,
        path: &Path,
        model: &'m dyn LanguageModel,
        others: &'m [AnyModel],
        weights: Option<&[f64]>,
    ) -> anyhow::Result<MixedModel<'m>> {
        let names = [path].into_iter().chain(self.with.iter().map(PathBuf::as_path));
        let models = [model].into_iter().chain(others.iter().map(AnyModel::as_dyn));
        let models: Vec<_> = names.map(|path| path.display().to_string()).zip(models).collect();
        let equal = vec![1.0 / models.len() as f64; models.len()];
        Ok(MixedModel::new(models, weights.unwrap_or(&equal))?)
    }

    /// Returns the mixture, with weights that were given or fitted.
    pub fn mixture<'m>(&self, mixed: &'m MixedModel<'m>) -> anyhow::Result<DynamicMixture<'m>> {
        let caches: Vec<CacheSpec> = self.cache.iter().map(|&CacheArg(spec)| spec).collect();
        let mut mixture = DynamicMixture::new(mixed, &caches);
        if let Some(weights) = &self.weights {
            mixture.set_weights(weights).context("--weights")?;
        }
        if let Some(path) = &self.dev {
            let inputs = input::expand(std::slice::from_ref(path))?;
            let [input] = inputs.as_slice() else {
                bail!(
                    "--dev takes one text, but {} matches {} texts",
                    path.display(),
                    inputs.len()
                );
            };
            let text = input.open(|_| ())?;
            mixture.fit(&input.name, text).context("--dev")?;
        }
        Ok(mixture)
    }
}
