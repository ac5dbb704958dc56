//! How a model file is laid out, as several verbs ask for it.

use clap::builder::PossibleValue;
use ngram_model::{ConvertOptions, Layout, QUANTIZE_BITS};

/// The layout of a model file.
#[derive(clap::Args)]
pub struct LayoutArgs {
    /// How the file lays the n-grams out.
    #[arg(long, default_value = Layout::Fast.name(), value_name = "NAME", value_parser = parser())]
    layout: String,
    /// Quantise log-probabilities and back-off weights to so many bits each: 2 to 16. Scores change
    /// a little, and probabilities sum to 1 only nearly. Compact layout only.
    #[arg(long, value_name = "BITS", value_parser = bits())]
    quantize: Option<u8>,
}

impl LayoutArgs {
    /// As the library takes it.
    pub fn options(&self) -> ConvertOptions {
        let layout = Layout::ALL.into_iter().find(|layout| layout.name() == self.layout);
        ConvertOptions { layout: layout.unwrap_or_default(), quantize: self.quantize }
    }
}

fn parser() -> clap::builder::PossibleValuesParser {
    Layout::ALL.map(|layout| PossibleValue::new(layout.name()).help(help(layout))).into()
}

fn help(layout: Layout) -> &'static str {
    match layout {
        Layout::Fast => "hash lines, fast to query: some 16 bytes an n-gram",
        Layout::Table => "histories with their sorted successors: some 17.5 bytes an n-gram",
        Layout::Compact => "few bits for each n-gram: some 7 bytes, or 4 with 8-bit values",
        _ => "",
    }
}

fn bits() -> clap::builder::RangedI64ValueParser<u8> {
    let (least, most) = (*QUANTIZE_BITS.start(), *QUANTIZE_BITS.end());
    clap::value_parser!(u8).range(i64::from(least)..=i64::from(most))
}
