//! Renders what was selected from a pool of documents.

use ngram_eval::number::grouped as group;
use serde::Serialize;

/// The result of a selection.
#[derive(Serialize)]
pub struct Summary {
    /// The highest difference of a selected document, in bits per token.
    pub threshold: Option<f32>,
    /// Number of documents in the pool.
    pub documents: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Number of selected documents.
    pub selected: u64,
    /// Their tokens.
    pub selected_tokens: u64,
    /// Number of words that both models know.
    pub vocabulary: usize,
    /// Bytes of text the general model was trained on; null if that model was given.
    pub sample_bytes: Option<u64>,
    /// What the selection is worth, if there is a held-out text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutPerplexity>,
}

/// Perplexity of held-out text under models of parts of the pool.
#[derive(Serialize)]
pub struct HeldOutPerplexity {
    /// Tokens of the held-out text.
    pub tokens: u64,
    /// Perplexity under a model of the selection, OOVs included.
    pub perplexity_of_selected: Option<f64>,
    /// Perplexity under a model of as many tokens drawn at random.
    pub perplexity_of_random: Option<f64>,
    /// Number of documents drawn at random.
    pub random_documents: u64,
    /// Their tokens.
    pub random_tokens: u64,
}

/// Renders a selection as text.
pub fn text(summary: &Summary) -> String {
    let mut text = format!(
        "{} of {} documents selected, {} of {} tokens\n",
        group(summary.selected),
        group(summary.documents),
        group(summary.selected_tokens),
        group(summary.tokens),
    );
    if let Some(threshold) = summary.threshold {
        text.push_str(&format!(
            "threshold: {threshold} bits a token, the highest difference of one selected\n"
        ));
    }
    if let Some(held_out) = &summary.held_out {
        let number =
            |value: Option<f64>| value.map_or("infinite".to_owned(), |v| format!("{v:.4}"));
        text.push_str(&format!(
            "held out, {} tokens: perplexity {} by a model of what was selected, {} by one of {} tokens drawn at random\n",
            group(held_out.tokens),
            number(held_out.perplexity_of_selected),
            number(held_out.perplexity_of_random),
            group(held_out.random_tokens),
        ));
    }
    text
}
