//! Passages of a text, each token coloured by its cost.

use super::page::{escape, plain};
use crate::survey::{Passages, ShownToken, SurveyPassage};
use ngram_eval::Next;
use ngram_eval::number::{grouped, significant};
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::{TokenizerKind, WordId};
use rayon::prelude::*;
use std::fmt::Write;

/// The numbers of bits from which a token gets the next colour.
const WORDS: [f64; 7] = [1.0, 3.0, 5.0, 8.0, 11.0, 14.0, 18.0];
/// The same for characters, which cost less.
const CHARACTERS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0];

/// The number of more probable words shown.
const ALTERNATIVES: usize = 3;

/// The most words scored in all to find alternatives, if a model cannot list successors.
const MOST_SCORED: usize = 250_000_000;

/// Renders the passages as HTML, with a legend of the colours.
pub(super) fn map(model: &dyn LanguageModel, passages: &Passages) -> String {
    let kind = &model.tokenizer().kind;
    let edges = if is_packed(kind) { &CHARACTERS } else { &WORDS };
    let next = Next::new(model);
    let passages = passages.get();
    let mut left = match next.has_lists() {
        true => usize::MAX,
        false => MOST_SCORED / model.vocab().len().max(1),
    };
    let mut out = legend(edges);
    for passage in &passages {
        let count = passage.tokens.len().min(left);
        left -= count;
        let cards: Vec<String> = passage
            .tokens
            .par_iter()
            .enumerate()
            .map(|(index, token)| tip(model, (index < count).then_some(&next), token))
            .collect();
        self::passage(&mut out, passage, &cards, edges, kind);
    }
    if left == 0 {
        out.push_str(
            "<p>The alternatives of the last tokens are not shown: this model's layout can find them \
             only by trying every word.</p>\n",
        );
    }
    out
}

fn legend(edges: &[f64; 7]) -> String {
    let mut out = String::from("<h3 class=\"ramp\">bits a token</h3>\n<ul class=\"ramp\">");
    for shade in 0..8 {
        let label = match shade {
            0 => format!("< {}", edges[0]),
            7 => format!("{} +", edges[6]),
            _ => format!("{}–{}", edges[shade - 1], edges[shade]),
        };
        let _ = write!(out, "<li class=\"h{shade}\">{}</li>", escape(&label));
    }
    out.push_str("</ul>\n");
    out
}

/// Whether tokens are written without spaces between them.
fn is_packed(kind: &TokenizerKind) -> bool {
    matches!(kind, TokenizerKind::Chars | TokenizerKind::Bytes | TokenizerKind::Shannon)
}

fn passage(
    out: &mut String,
    passage: &SurveyPassage,
    cards: &[String],
    edges: &[f64; 7],
    kind: &TokenizerKind,
) {
    let packed = is_packed(kind);
    let class = if packed { "passage packed" } else { "passage" };
    let file = ngram_eval::error::shown(&passage.file);
    let _ = write!(
        out,
        "<div class=\"{class}\"><h3><bdi>{}</bdi>, from line {}</h3>\n<p dir=\"auto\">",
        escape(file),
        passage.line
    );
    let mut line_begins = true;
    for (index, (token, card)) in passage.tokens.iter().zip(cards).enumerate() {
        if !line_begins && !packed {
            out.push(' ');
        }
        // Tokens at which Tab does not stop can still be tapped or reached by arrow keys.
        let stop = if index == 0 { 0 } else { -1 };
        let bits = token.score.log_prob.bits();
        let shade = edges.iter().filter(|&&edge| bits >= edge).count();
        let mark = match token.id {
            WordId::UNKNOWN => " oov",
            WordId::END => " end",
            _ => "",
        };
        let word = shown(token, kind);
        let _ = write!(
            out,
            "<span class=\"t h{shade}{mark}\" tabindex=\"{stop}\" data-tip=\"{}\">{}</span>",
            plain(card),
            escape(word)
        );
        line_begins = token.id == WordId::END;
        if line_begins && index + 1 < passage.tokens.len() {
            out.push_str("</p>\n<p dir=\"auto\">");
        } else if packed && word == SPACE {
            out.push_str("<wbr>");
        }
    }
    out.push_str("</p></div>\n");
}

const SPACE: &str = "␣";

/// Returns the token as shown; invisible ones get a symbol.
fn shown<'t>(token: &'t ShownToken, kind: &TokenizerKind) -> &'t str {
    match (token.word.as_str(), kind) {
        _ if token.id == WordId::END => "¶",
        (" ", _) | ("<0x20>", TokenizerKind::Bytes) | ("_", TokenizerKind::Shannon) => SPACE,
        (word, _) => word,
    }
}

/// Renders the details of a token: its bits and probability, the matched n-gram, more probable
/// words.
fn tip(model: &dyn LanguageModel, next: Option<&Next<'_>>, token: &ShownToken) -> String {
    let Score { log_prob, matched } = token.score;
    let mut out = token.word.clone();
    if token.id == WordId::UNKNOWN {
        out.push_str(" (out of vocabulary, scored as <unk>)");
    }
    if log_prob == LogProb::ZERO {
        out.push_str("\nprobability 0: infinitely many bits");
    } else {
        let odds = match (1.0 / log_prob.prob()).max(1.0) {
            odds if (1e3..1e15).contains(&odds) => grouped(odds.round() as u64),
            odds => significant(odds, 3),
        };
        let _ = write!(
            out,
            "\n{:.2} bits, probability {}, 1 in {odds}",
            log_prob.bits() + 0.0,
            significant(log_prob.prob(), 3)
        );
    }
    let words = usize::from(matched).saturating_sub(1).min(token.history.len());
    let vocab = model.vocab();
    let history: Vec<&str> =
        token.history[token.history.len() - words..].iter().map(|&id| vocab.word(id)).collect();
    let _ = match words {
        0 => write!(out, "\nmatched order 1 of {}: no history helped", model.order()),
        _ => write!(
            out,
            "\nmatched order {matched} of {}: after “{}”",
            model.order(),
            history.join(" ")
        ),
    };
    if let Some(next) = next {
        out.push_str("\nmost probable here:");
        for (word, score) in next.top(&token.history, ALTERNATIVES) {
            let own = if word == token.id { " ✓" } else { "" };
            let percent = significant(score.log_prob.prob() * 100.0, 2);
            let _ = write!(out, "\n{percent:>6} %  {}{own}", vocab.word(word));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Survey;
    use ngram_eval::Evaluation;
    use ngram_testing::toy::Toy;

    fn shown_map(text: &str) -> String {
        let model = Toy::exact();
        let mut survey = Survey::new(&model);
        survey.read(&mut Evaluation::new(&model), "<held>", text.as_bytes()).unwrap();
        map(&model, &survey.passages)
    }

    /// the −.25: 0.83 bits; cat −.5 after the: 1.66 bits; </s> after cat −1.25: 4.15.
    #[test]
    fn every_token_has_its_colour_and_its_card() {
        let html = shown_map("the cat\n");
        assert_eq!(html.matches("<span class=\"t ").count(), 3);
        assert!(html.contains("<span class=\"t h0\" tabindex=\"0\""), "{html}");
        assert!(html.contains("<span class=\"t h1\" tabindex=\"-1\""), "{html}");
        assert!(html.contains("<span class=\"t h2 end\" tabindex=\"-1\""), "{html}");
        let card = "cat\n1.66 bits, probability 0.316, 1 in 3.16\nmatched order 2 of 2: after “the”\n\
                    most probable here:\n    32 %  cat ✓\n    18 %  the\n   5.6 %  &lt;/s&gt;";
        assert!(html.contains(card), "{html}");
        assert!(html.contains("<bdi>&lt;held&gt;</bdi>, from line 1"));
    }

    #[test]
    fn text_is_no_markup() {
        let html = shown_map("<script>alert(1)</script> \"'\n");
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("oov\" tabindex=\"0\" data-tip=\"&lt;script&gt;"), "{html}");
    }
}
