//! Gaps and cases, whose probabilities start from the model's and learn from the text.

use super::coder::{Coder, FixedSymbols, Halt, Uniform};
use super::walk::write_out;
use crate::adaptive::Adaptive;
use ngram_model::open::{BYTES, Bits, case_details, written_out};
use ngram_tokenizer::surface::{Context, upper, with_capitals};
use ngram_tokenizer::{Case, Gap, Surface};
use std::borrow::Cow;

/// The weight of shorter contexts, in symbols, when learning gaps, cases and bytes.
const STRENGTH: f64 = 2.0;

/// A gap between two tokens.
pub(super) struct FoundGap<'g> {
    pub text: Cow<'g, str>,
    pub bits: Bits,
}

/// A token as written in the text.
pub(super) struct FoundCase<'g> {
    pub case: Case,
    pub text: Cow<'g, str>,
    pub bits: Bits,
}

impl Adaptive<'_> {
    /// Codes or decodes the gap before a token, or before the end of the line.
    pub(super) fn gap<'g, C: Coder>(
        &mut self,
        coder: &mut C,
        surface: &Surface,
        token: Option<&str>,
        given: Option<&'g str>,
        longest: usize,
    ) -> Result<FoundGap<'g>, Halt> {
        let open = self.open;
        let base = |gap: usize| open.gap_probability(surface, token, Gap::ALL[gap]);
        let (contexts, levels) = surface.gap_contexts(token);
        let contexts = if self.learning.is_some() { &contexts[..levels] } else { &[] };
        let kind = given.map(|gap| Gap::of(gap) as u32);
        let (kind, bits) = self.symbol::<_, { Gap::ALL.len() }>(coder, kind, base, contexts)?;
        Ok(match Gap::ALL[kind] {
            Gap::None => FoundGap { text: Cow::Borrowed(""), bits },
            Gap::Space => FoundGap { text: Cow::Borrowed(" "), bits },
            Gap::Other => {
                let text = write_out(coder, given, longest)?;
                let bits = bits + written_out(&text);
                FoundGap { text, bits }
            }
        })
    }

    /// Codes or decodes the case of a token, and so its written form.
    pub(super) fn case<'g, C: Coder>(
        &mut self,
        coder: &mut C,
        surface: &Surface,
        token: &str,
        given: Option<&'g str>,
        longest: usize,
    ) -> Result<FoundCase<'g>, Halt> {
        let open = self.open;
        let base = |case: usize| open.case_probability(surface, token, Case::ALL[case]);
        let [general, word, word_here] = surface.case_contexts(token);
        let contexts = [general, word, word_here, word_here ^ general.rotate_left(32)];
        let contexts = if self.learning.is_some() { &contexts[..] } else { &[] };
        let plain = surface.plain(token);
        let case = given.map(|form| Case::of(form, &plain) as u32);
        let (case, bits) = self.symbol::<_, { Case::ALL.len() }>(coder, case, base, contexts)?;
        let case = Case::ALL[case];
        let text = match (case, given) {
            (Case::Verbatim, given) => write_out(coder, given, longest)?,
            (Case::Mixed, given) => {
                let text = mixed(coder, &plain, given)?;
                given.map_or(Cow::Owned(text), Cow::Borrowed)
            }
            (_, Some(form)) => Cow::Borrowed(form),
            (case, None) => Cow::Owned(case.apply(&plain, "")),
        };
        let bits = bits + case_details(&plain, &text, case);
        Ok(FoundCase { case, text, bits })
    }

    /// Codes or decodes one of N symbols with model probabilities `base`, and learns it in
    /// `contexts`, the most general first. Returns the symbol and its cost.
    pub(super) fn symbol<C: Coder, const N: usize>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        base: impl Fn(usize) -> f64,
        contexts: &[Context],
    ) -> Result<(usize, Bits), Halt> {
        if let Some(decisions) = &mut self.decisions
            && N < BYTES
        {
            let base = std::array::from_fn::<f64, N, _>(&base);
            let (symbol, bits) = decisions.surface(coder, given, &base, contexts)?;
            return Ok((symbol as usize, bits));
        }
        let surfaces = &self.surfaces;
        let probabilities = || {
            let mut probabilities = std::array::from_fn::<f64, N, _>(&base);
            for &context in contexts {
                surfaces.probabilities(context, STRENGTH, &mut probabilities);
            }
            FixedSymbols::new(&probabilities)
        };
        let symbol = coder.code(given, probabilities)?;
        let mut probability = base(symbol as usize);
        for &context in contexts {
            probability = self.surfaces.probability(context, symbol, STRENGTH, probability);
            self.surfaces.add(context, symbol);
        }
        Ok((symbol as usize, -probability.log2()))
    }
}

/// Codes or decodes a yes or no for each letter that has a capital.
fn mixed<C: Coder>(coder: &mut C, token: &str, given: Option<&str>) -> Result<String, Halt> {
    let mut form = given.map(str::chars);
    let mut capitals = Vec::with_capacity(token.len());
    for letter in token.chars() {
        let given = form.as_mut().map(|form| u32::from(form.next() != Some(letter)));
        let has_capital = upper(letter).is_some();
        capitals.push(has_capital && coder.code(given, || Uniform(2))? == 1);
    }
    Ok(with_capitals(token, |at| capitals[at]))
}
