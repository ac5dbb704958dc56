//! Options for the layout of a model file, shared by several verbs.

use crate::number;
use clap::builder::PossibleValue;
use ngram_model::{ConvertOptions, Layout, QUANTIZE_BITS};

/// The layout of a model file.
#[derive(clap::Args)]
pub struct LayoutArgs {
    /// How the file stores the n-grams.
    #[arg(long, default_value = Layout::Suffix.name(), value_name = "NAME", value_parser = parser())]
    layout: String,
    /// Quantise log-probabilities and back-off weights to BITS bits each, 2 to 16. Scores change
    /// slightly, and probabilities sum to 1 only approximately. Compact layout only.
    #[arg(long, value_name = "BITS", value_parser = bits())]
    quantize: Option<u8>,
}

impl LayoutArgs {
    /// Returns the options as the library takes them.
    pub fn options(&self) -> ConvertOptions {
        let layout = Layout::CHOICES.into_iter().find(|layout| layout.name() == self.layout);
        ConvertOptions { layout: layout.unwrap_or_default(), quantize: self.quantize }
    }
}

fn parser() -> clap::builder::PossibleValuesParser {
    Layout::CHOICES.map(|layout| PossibleValue::new(layout.name()).help(help(layout))).into()
}

fn help(layout: Layout) -> &'static str {
    match layout {
        Layout::Suffix => "one cache line an order, fast to query: about 14 bytes per n-gram",
        Layout::Compact => "packed bits: about 7 bytes per n-gram, or 4 with 8-bit values",
        _ => "",
    }
}

fn bits() -> impl Fn(&str) -> Result<u8, String> + Clone + Send + Sync + 'static {
    number::whole((*QUANTIZE_BITS.start()).into(), (*QUANTIZE_BITS.end()).into())
}
