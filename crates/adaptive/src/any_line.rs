//! Lines of arbitrary bytes: a kind, then tokens or bytes.

use super::coder::{Coder, Halt};
use super::seen::context_of;
use super::walk::GivenPart;
use crate::adaptive::Adaptive;
use crate::charge::Charge;
use ngram_model::open::BYTES;
use ngram_model::open::Bits;
use ngram_tokenizer::surface::{Context, END_OF_WORD};
use ngram_tokenizer::{Case, Gap, Surface};

/// How a line ends: not at all, with a line feed, or with carriage return and line feed.
const ENDS: [&[u8]; 3] = [b"", b"\n", b"\r\n"];
/// The number of preceding bytes that predict a byte, in lines coded as bytes.
const BYTES_BEFORE: usize = 3;

/// The cost of a line, in bits.
pub(crate) struct Cost {
    /// Its tokens and the gaps between them.
    pub charge: Charge,
    /// Its kind, and its bytes if it is not coded as tokens.
    pub kind: Bits,
}

/// Returns a context for line kinds and bytes, distinct from those for gaps and cases.
fn context(what: u64) -> Context {
    what | 31
}

impl Adaptive<'_> {
    /// Codes a given line with its line end, or decodes one. Returns the line and its cost.
    ///
    /// # Errors
    ///
    /// If the decoded line is invalid, or much longer than `longest` bytes.
    pub(crate) fn any_line<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<&[u8]>,
        longest: usize,
    ) -> Result<(Vec<u8>, Cost), Halt> {
        let cut = given.map(|line| {
            let end = (0..ENDS.len()).rev().find(|&end| line.ends_with(ENDS[end])).unwrap_or(0);
            (&line[..line.len() - ENDS[end].len()], end)
        });
        let parts = cut.map(|(line, _)| self.exact(line));
        let kind = cut
            .zip(parts.as_ref())
            .map(|((_, end), parts)| u32::from(parts.is_none()) * ENDS.len() as u32 + end as u32);
        const KINDS: usize = 2 * ENDS.len();
        let base = |_| 1.0 / KINDS as f64;
        let (kind, mut bits) = self.symbol::<_, KINDS>(coder, kind, base, &[context(0)])?;
        let mut charge = Charge::default();
        let mut line = if kind < ENDS.len() {
            let (line, cost) = self.walk(coder, parts.flatten().as_deref(), longest)?;
            charge = cost;
            line.into_bytes()
        } else {
            let (line, cost) = self.bytes(coder, cut.map(|(line, _)| line), longest)?;
            bits += cost;
            line
        };
        let end = ENDS[kind % ENDS.len()];
        line.extend_from_slice(end);
        coder.advance(end.len() as u64)?;
        Ok((line, Cost { charge, kind: bits }))
    }

    /// Returns the parts of a line if they reproduce it byte for byte.
    fn exact<'l>(&self, line: &'l [u8]) -> Option<Vec<GivenPart<'l>>> {
        let line = std::str::from_utf8(line).ok()?;
        let parts = self.given(line);
        let tokenizer = self.model.tokenizer();
        let mut surface = Surface::new(tokenizer);
        let mut rebuilt = String::new();
        for GivenPart { gap, form, token } in &parts {
            rebuilt.push_str(gap);
            let Some(form) = form else { continue };
            let plain = surface.plain(token);
            let case = Case::of(form, &plain);
            rebuilt.push_str(&case.apply(&plain, form));
            surface.push(Gap::of(gap), token, case);
        }
        (rebuilt == line).then_some(parts)
    }

    /// Codes or decodes a line as bytes and an end symbol.
    fn bytes<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<&[u8]>,
        longest: usize,
    ) -> Result<(Vec<u8>, Bits), Halt> {
        let (mut bytes, mut bits) = (Vec::new(), 0.0);
        loop {
            let symbol = given
                .map(|given| given.get(bytes.len()).map_or(END_OF_WORD, |&byte| u16::from(byte)));
            let mut before: Vec<u32> =
                bytes.iter().rev().take(BYTES_BEFORE).map(|&byte| u32::from(byte)).collect();
            before.resize(BYTES_BEFORE, u32::from(END_OF_WORD));
            let contexts: [Context; BYTES_BEFORE + 1] =
                std::array::from_fn(|length| context(context_of(&before[..length])));
            let base = |_| 1.0 / BYTES as f64;
            let (symbol, cost) =
                self.symbol::<_, BYTES>(coder, symbol.map(u32::from), base, &contexts)?;
            bits += cost;
            match u8::try_from(symbol) {
                Ok(byte) if bytes.len() < longest => {
                    bytes.push(byte);
                    coder.advance(1)?;
                }
                Ok(_) => return Err(Halt::Damaged),
                Err(_) => return Ok((bytes, bits)),
            }
        }
    }
}
