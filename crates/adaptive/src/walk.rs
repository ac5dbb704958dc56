//! The walk along a line: a token, the gap before it, its case, and so on to the end.

use super::coder::{Coder, Halt, Uniform};
use crate::adaptive::Adaptive;
use crate::charge::Charge;
use ngram_tokenizer::surface::END_OF_WORD;
use ngram_tokenizer::{Case, Gap, Surface, WordId};
use std::borrow::Cow;

/// A part of a given line: a token as written, with the gap before it; or the end of the line.
#[derive(Clone, Debug)]
pub(crate) struct GivenPart<'l> {
    pub gap: &'l str,
    pub form: Option<&'l str>,
    /// The token that the tokenizer makes of `form`; empty at the end of the line.
    pub token: Cow<'l, str>,
}

impl Adaptive<'_> {
    /// Cuts a line into parts.
    pub(crate) fn given<'l>(&self, line: &'l str) -> Vec<GivenPart<'l>> {
        let mut given = Vec::new();
        let last = self.model.tokenizer().pieces(line, |piece, token| {
            let token = match token == piece.form {
                true => Cow::Borrowed(piece.form),
                false => Cow::Owned(token.to_owned()),
            };
            given.push(GivenPart { gap: piece.gap, form: Some(piece.form), token });
        });
        given.push(GivenPart { gap: last.gap, form: None, token: Cow::Borrowed("") });
        given
    }

    /// Walks along a line whose parts are given, or decodes one. Returns the line and its cost, and
    /// learns it.
    ///
    /// # Errors
    ///
    /// If the decoded line is invalid, or longer than `longest` bytes.
    pub(crate) fn walk<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<&[GivenPart<'_>]>,
        longest: usize,
    ) -> Result<(String, Charge), Halt> {
        let tokenizer = self.model.tokenizer();
        let mut parts = given.map(|given| given.iter());
        let mut charge = Charge::default();
        let mut surface = Surface::new(tokenizer);
        let mut line = String::new();
        self.history.clear();
        self.history.push(WordId::BEGIN);
        loop {
            let before = line.len();
            let part = match &mut parts {
                Some(parts) => Some(parts.next().ok_or(Halt::Damaged)?),
                None => None,
            };
            let given = part.map(|part| part.form.map(|_| &*part.token));
            let token = self.token(coder, given, longest, &mut charge)?;
            let token = token.as_deref();
            let gap = self.gap(coder, &surface, token, part.map(|part| part.gap), longest)?;
            charge.spacing += gap.bits;
            line.push_str(&gap.text);
            if line.len() > longest {
                return Err(Halt::Damaged);
            }
            let Some(token) = token else {
                coder.advance((line.len() - before) as u64)?;
                return Ok((line, charge));
            };
            let mut case = Case::Lower;
            if tokenizer.has_case() {
                let form = part.and_then(|part| part.form);
                let found = self.case(coder, &surface, token, form, longest)?;
                charge.case += found.bits;
                line.push_str(&found.text);
                case = found.case;
            } else {
                line.push_str(token);
            }
            surface.push(Gap::of(&gap.text), token, case);
            coder.advance((line.len() - before) as u64)?;
        }
    }
}

/// Codes or decodes text byte by byte, with all 256 bytes and the end equally likely.
pub(crate) fn write_out<'t, C: Coder>(
    coder: &mut C,
    given: Option<&'t str>,
    longest: usize,
) -> Result<Cow<'t, str>, Halt> {
    let Some(text) = given else {
        let mut bytes = Vec::new();
        loop {
            let symbol = coder.code(None, || Uniform(u32::from(END_OF_WORD) + 1))?;
            match u8::try_from(symbol) {
                Ok(byte) if bytes.len() < longest => bytes.push(byte),
                Ok(_) => return Err(Halt::Damaged),
                Err(_) => {
                    return String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Halt::Damaged);
                }
            }
        }
    };
    let bytes = text.bytes().map(u32::from).chain([u32::from(END_OF_WORD)]);
    for symbol in bytes {
        coder.code(Some(symbol), || Uniform(u32::from(END_OF_WORD) + 1))?;
    }
    Ok(Cow::Borrowed(text))
}
