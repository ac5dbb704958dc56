//! Normalises a line as SentencePiece does: characters replaced by rules, spaces marked and trimmed.
//!
//! The rules are a double array in the layout of `darts-clone`: units of 32 bits, of which the lower 8 are the byte
//! that leads to the unit, bit 8 says that a rule ends here, bits 10 to 30 are the way to the children, 256 times as far
//! if bit 9 is set; a unit with bit 31 is a rule's place among the replacements, which end in NULs.

use super::proto::ModelProto;
use super::trie::PieceTrie;

/// The mark of a space.
pub const MARK: &str = "\u{2581}";

/// The longest replacement, in bytes. Those of the rules in use have 33 at most; a forged file could fill memory.
const LONGEST: usize = 1024;

/// The rules of a file.
pub struct Normalizer {
    units: Vec<u32>,
    replacements: Vec<u8>,
    /// Strings that are left as they are.
    kept: Option<PieceTrie>,
    /// For each ASCII byte, whether a rule or a kept string begins with it.
    begins: [bool; 128],
    dummy_prefix: bool,
    remove_extra: bool,
    escape: bool,
    suffix: bool,
}

/// A normalised line.
#[derive(Default)]
pub struct Normalized {
    pub bytes: Vec<u8>,
    /// For each byte, and for the end, the place in the line that it comes from; only if asked for.
    pub places: Vec<usize>,
}

impl Normalizer {
    pub fn new(model: &ModelProto, kept: Option<PieceTrie>) -> Result<Normalizer, &'static str> {
        let (mut units, mut replacements) = (Vec::new(), Vec::new());
        if let Some((len, rest)) = model.charsmap.split_first_chunk() {
            let len = u32::from_le_bytes(*len) as usize;
            let (trie, rest) = rest
                .split_at_checked(len)
                .filter(|_| len.is_multiple_of(4))
                .ok_or("the rules of its normalisation are cut short")?;
            units = trie.as_chunks().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
            replacements = rest.to_vec();
        }
        let mut normalizer = Normalizer {
            units,
            replacements,
            kept,
            begins: [false; 128],
            dummy_prefix: model.dummy_prefix,
            remove_extra: model.remove_extra,
            escape: model.escape,
            suffix: model.suffix,
        };
        for byte in 0..128 {
            let first = [byte];
            let is_kept = normalizer.kept.as_ref().is_some_and(|kept| kept.next(0, byte).is_some());
            normalizer.begins[usize::from(byte)] = is_kept || normalizer.first(first[0]).is_some();
        }
        Ok(normalizer)
    }

    /// Returns the unit after the root for a byte.
    fn first(&self, byte: u8) -> Option<u32> {
        let root = *self.units.first()?;
        let place = offset(root) ^ u32::from(byte);
        self.units.get(place as usize).filter(|&&unit| label(unit) == u32::from(byte))?;
        Some(place)
    }

    /// Returns the longest rule that a text begins with: its replacement, and how many bytes it replaces.
    fn rule(&self, text: &[u8]) -> Option<(&[u8], usize)> {
        let mut place = offset(*self.units.first()?);
        let mut longest = None;
        for (at, &byte) in text.iter().enumerate() {
            place ^= u32::from(byte);
            let Some(&unit) = self.units.get(place as usize) else { break };
            if label(unit) != u32::from(byte) {
                break;
            }
            place ^= offset(unit);
            if unit >> 8 & 1 == 1
                && let Some(&value) = self.units.get(place as usize)
            {
                longest = Some((value & 0x7fff_ffff, at + 1));
            }
        }
        let (value, len) = longest?;
        let rest = self.replacements.get(value as usize..)?;
        let rest = &rest[..rest.len().min(LONGEST + 1)];
        let end = rest.iter().position(|&byte| byte == 0)?;
        Some((&rest[..end], len))
    }

    /// Returns what a text begins with, normalised, and its length in the text.
    #[inline]
    fn prefix<'t>(&'t self, text: &'t [u8]) -> (&'t [u8], usize) {
        let first = text[0];
        if first < 128 && !self.begins[usize::from(first)] {
            return (&text[..1], 1);
        }
        if let Some(len) = self.kept.as_ref().and_then(|kept| kept.longest(text)) {
            return (&text[..len], len);
        }
        self.rule(text).unwrap_or_else(|| {
            let len = char_len(first).min(text.len());
            (&text[..len], len)
        })
    }

    /// Normalises a line; notes places if asked to.
    pub fn normalize(&self, line: &str, with_places: bool, to: &mut Normalized) {
        let Normalized { bytes, places } = to;
        bytes.clear();
        places.clear();
        let line = line.as_bytes();
        let space = if self.escape { MARK.as_bytes() } else { b" " };
        let mut push = |bytes: &mut Vec<u8>, some: &[u8], place: usize| {
            bytes.extend_from_slice(some);
            if with_places {
                places.resize(bytes.len(), place);
            }
        };
        let mut at = 0;
        if self.remove_extra {
            while at < line.len() {
                let (normal, len) = self.prefix(&line[at..]);
                if normal != b" " {
                    break;
                }
                at += len;
            }
        }
        if at == line.len() {
            if with_places {
                places.push(at);
            }
            return;
        }
        if !self.suffix && self.dummy_prefix {
            push(bytes, space, at);
        }
        let mut after_space = self.remove_extra;
        while at < line.len() {
            let (mut normal, len) = self.prefix(&line[at..]);
            while after_space && normal.first() == Some(&b' ') {
                normal = &normal[1..];
            }
            if let Some(last) = normal.last() {
                after_space = *last == b' ';
                if normal.contains(&b' ') {
                    for byte in normal {
                        push(
                            bytes,
                            if *byte == b' ' { space } else { std::slice::from_ref(byte) },
                            at,
                        );
                    }
                } else {
                    push(bytes, normal, at);
                }
            }
            at += len;
            if !self.remove_extra {
                after_space = false;
            }
        }
        let mut end = at;
        if self.remove_extra {
            while bytes.ends_with(space) {
                bytes.truncate(bytes.len() - space.len());
                if with_places {
                    end = places[bytes.len()];
                    places.truncate(bytes.len());
                }
            }
        }
        if self.suffix && self.dummy_prefix {
            bytes.extend_from_slice(space);
            if with_places {
                places.resize(bytes.len(), end);
            }
        }
        if with_places {
            places.push(end);
        }
    }
}

fn label(unit: u32) -> u32 {
    unit & (1 << 31 | 0xff)
}

fn offset(unit: u32) -> u32 {
    unit >> 10 << ((unit & 1 << 9) >> 6)
}

/// Returns the length of the character that begins with a byte.
pub fn char_len(first: u8) -> usize {
    match first >> 4 {
        15 => 4,
        14 => 3,
        12 | 13 => 2,
        _ => 1,
    }
}
