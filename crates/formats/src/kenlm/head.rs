//! The header of a file: its kind, how it was built, and its number of n-grams.

use super::Problem;

/// The highest order that a usual build of KenLM reads.
pub const MAX_ORDER: usize = 6;

/// How KenLM stores n-grams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Structure {
    /// Hash tables with linear probing, the fastest and largest structure. Words take 12 bytes per
    /// slot (hash, id); n-grams take 16 bytes per slot (key, log-probability, back-off weight), or
    /// 12 in the highest order, which has no weight. By default a table has 1.5 slots per entry.
    ///
    /// The key of a word is its id; that of a longer n-gram combines the key k of its last n − 1
    /// words and the id w of its first: 8978948897894561157 k xor 17894857484156487943 (w + 1).
    #[default]
    Probing,
    /// A trie of reversed n-grams, in as few bits as the numbers need. Words are numbered by rising
    /// hash.
    Trie,
}

/// Options for building a binary file, as in `build_binary`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildOptions {
    /// The structure for n-grams.
    pub structure: Structure,
    /// Slots per entry of a hash table, above 1: `-p`. There is always at least one free slot.
    pub multiplier: f32,
    /// Bits of codes for log-probabilities and for back-off weights in a trie, 1 to 25 and 2 to 25: `-q` and `-b`.
    pub quantize: Option<(u8, u8)>,
    /// Maximum number of high bits of pointers that a trie keeps in an array, 0 to 255: `-a`.
    pub array: Option<u8>,
    /// Whether to list the words. Without them the file can be queried, but not read here: `-v`.
    pub vocabulary: bool,
    /// The number of 1-grams in the ARPA file behind the model, if KenLM sizes its tables by it: one more than there
    /// are words if both `<unk>` and `<UNK>` are listed, and one less if neither is. Other numbers have no effect.
    pub listed: Option<u64>,
}

impl Default for BuildOptions {
    /// Returns options for hash tables, with words.
    fn default() -> BuildOptions {
        BuildOptions {
            structure: Structure::Probing,
            multiplier: MULTIPLIER,
            quantize: None,
            array: None,
            vocabulary: true,
            listed: None,
        }
    }
}

impl BuildOptions {
    /// Returns the number of 1-grams that tables are sized by, given the number of words.
    pub(super) fn singles(&self, words: u64) -> u64 {
        match (self.structure, self.listed) {
            (_, Some(listed)) if listed == words + 1 => listed,
            (Structure::Probing, Some(listed)) if self.lacks_unknown(words) => listed,
            _ => words,
        }
    }

    /// Whether the ARPA file lists no `<unk>`, given the number of words.
    pub(super) fn lacks_unknown(&self, words: u64) -> bool {
        self.listed.is_some_and(|listed| listed + 1 == words)
    }

    /// Returns which option is out of range or conflicts with another.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let bits = |(log_probs, backoffs): (u8, u8)| {
            (1..=25).contains(&log_probs) && (2..=25).contains(&backoffs)
        };
        match self {
            _ if !(self.multiplier > 1.0 && self.multiplier <= 1e6) => Some(
                "a hash table has more than one slot for each entry: choose a number above 1, such as 1.5",
            ),
            _ if self.quantize.is_some_and(|both| !bits(both)) => {
                Some("log-probabilities are quantised to 1 to 25 bits, back-off weights to 2 to 25")
            }
            BuildOptions { structure: Structure::Probing, quantize: Some(_), .. } => {
                Some("only a trie is quantised: write a trie")
            }
            _ => None,
        }
    }
}

/// The structures and their numbers in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Probing,
    /// With an additional value for each n-gram, used in decoding.
    RestProbing,
    Trie {
        /// Log-probabilities and back-off weights are codes.
        quantised: bool,
        /// The high bits of pointers are in an array.
        array: bool,
    },
}

const MAGIC: &[u8] = b"mmap lm http://kheafield.com/code format version 5\n";
const MAGIC_BEFORE_VERSION: &[u8] = b"mmap lm http://kheafield.com/code format version";
const UNFINISHED: &[u8] = b"mmap lm http://kheafield.com/code incomplete\n";
const ANY: &[u8] = b"mmap lm http://kheafield.com/code";
/// Bytes that [`is_head`] needs.
pub const LOOK_AHEAD: usize = ANY.len();

/// The magic line with its NULs, a multiple of 8 bytes.
const MAGIC_LEN: usize = 56;
/// The magic line and the test values.
const SANITY: usize = MAGIC_LEN + 32;
/// All of the header before the counts.
const FIXED: usize = SANITY + 20;

/// Default number of slots per entry of a hash table.
pub const MULTIPLIER: f32 = 1.5;

const TRIE_VERSION: u32 = 1;

/// Returns whether bytes begin like a binary file of KenLM.
pub fn is_head(bytes: &[u8]) -> bool {
    bytes.starts_with(ANY)
}

/// The contents of the header.
#[derive(Debug, PartialEq)]
pub struct Head {
    pub kind: Kind,
    pub multiplier: f32,
    pub has_vocabulary: bool,
    /// The number of n-grams of orders 1, 2 and so on.
    pub counts: Vec<u64>,
}

impl Kind {
    fn number(self) -> u32 {
        match self {
            Kind::Probing => 0,
            Kind::RestProbing => 1,
            Kind::Trie { quantised, array } => 2 + u32::from(quantised) + 2 * u32::from(array),
        }
    }

    fn version(self) -> u32 {
        match self {
            Kind::Probing | Kind::RestProbing => 0,
            Kind::Trie { .. } => TRIE_VERSION,
        }
    }
}

fn sanity() -> [u8; SANITY] {
    let mut bytes = [0; SANITY];
    bytes[..MAGIC.len()].copy_from_slice(MAGIC);
    let floats = [0.0, 1.0, -0.5].map(f32::to_le_bytes).concat();
    let integers = [1, u32::MAX, 0].map(u32::to_le_bytes).concat();
    let values = [&floats[..], &integers, &1u64.to_le_bytes()].concat();
    bytes[MAGIC_LEN..].copy_from_slice(&values);
    bytes
}

impl Head {
    /// Returns the length of the header of a file of an order.
    pub fn len(order: usize) -> usize {
        (FIXED + 8 * order).next_multiple_of(8)
    }

    /// Returns the number of n-grams of each order, if the file lists its words. Each number is
    /// below 2³² − 1, so that no length computed from them overflows 64 bits.
    pub fn listed(&self) -> Result<&[u64], Problem> {
        if !self.has_vocabulary {
            return Err(Problem::NoVocabulary);
        }
        self.bounded()
    }

    /// As [`Head::listed`], whether or not the file lists its words.
    pub fn bounded(&self) -> Result<&[u64], Problem> {
        match self.counts.iter().find(|&&count| count >= u64::from(u32::MAX)) {
            Some(&count) => Err(Problem::Counts(count)),
            None => Ok(&self.counts),
        }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut bytes = sanity().to_vec();
        bytes.extend([self.counts.len() as u8, 0, 0, 0]);
        bytes.extend(self.multiplier.to_le_bytes());
        bytes.extend(self.kind.number().to_le_bytes());
        bytes.extend([u8::from(self.has_vocabulary), 0, 0, 0]);
        bytes.extend(self.kind.version().to_le_bytes());
        bytes.extend(self.counts.iter().flat_map(|count| count.to_le_bytes()));
        bytes.resize(Head::len(self.counts.len()), 0);
        bytes
    }

    /// Reads the header of a file; an error comes with its byte offset.
    pub fn read(bytes: &[u8]) -> Result<Head, (u64, Problem)> {
        let truncated = |needed: usize| {
            (bytes.len() as u64, Problem::Truncated { part: "the head", needed: needed as u64 })
        };
        if !bytes.starts_with(MAGIC) {
            let problem = if bytes.starts_with(UNFINISHED) {
                Problem::Unfinished
            } else if let Some(rest) = bytes.strip_prefix(MAGIC_BEFORE_VERSION) {
                let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
                let version = String::from_utf8_lossy(&line[..line.len().min(20)]);
                Problem::Version(version.trim().to_owned())
            } else {
                Problem::Foreign
            };
            return Err((0, problem));
        }
        let fixed: &[u8; FIXED] = bytes.first_chunk().ok_or_else(|| truncated(FIXED))?;
        if fixed[..SANITY] != sanity() {
            return Err((MAGIC_LEN as u64, Problem::Machine));
        }
        let word = |at: usize| {
            let at = SANITY + at;
            u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        let order = fixed[SANITY];
        if order < 2 {
            return Err((SANITY as u64, Problem::Order(order)));
        }
        let multiplier = f32::from_bits(word(4));
        if !(1.0..=1e6).contains(&multiplier) {
            let problem = Problem::Damaged("the probing multiplier is not a number from 1 on");
            return Err((SANITY as u64 + 4, problem));
        }
        let kind = match word(8) {
            0 => Kind::Probing,
            1 => Kind::RestProbing,
            number @ 2..=5 => Kind::Trie { quantised: (number - 2) & 1 == 1, array: number >= 4 },
            number => return Err((SANITY as u64 + 8, Problem::Structure(number))),
        };
        let version = word(16);
        if version != kind.version() {
            let structure = match kind {
                Kind::Trie { .. } => "a trie",
                _ => "hash tables",
            };
            let problem = Problem::StructureVersion { structure, version };
            return Err((SANITY as u64 + 16, problem));
        }
        let order = usize::from(order);
        let counts =
            bytes.get(FIXED..Head::len(order)).ok_or_else(|| truncated(Head::len(order)))?;
        let counts = counts.as_chunks::<8>().0.iter().take(order);
        Ok(Head {
            kind,
            multiplier,
            has_vocabulary: fixed[SANITY + 12] != 0,
            counts: counts.map(|bytes| u64::from_le_bytes(*bytes)).collect(),
        })
    }
}

/// Returns the number of slots of a hash table of `entries` entries.
pub fn slots(entries: u64, multiplier: f32) -> u64 {
    // In 32-bit floating point, like KenLM: with another number of slots, nothing would be found.
    let wanted = (multiplier * entries as f32) as u64;
    wanted.max(entries.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let trie = |quantised, array| Kind::Trie { quantised, array };
        let kinds = [
            Kind::Probing,
            Kind::RestProbing,
            trie(false, false),
            trie(true, false),
            trie(false, true),
            trie(true, true),
        ];
        for (number, kind) in (0..).zip(kinds) {
            assert_eq!(kind.number(), number);
            let head = Head { kind, multiplier: 1.5, has_vocabulary: true, counts: vec![7, 9, 2] };
            let bytes = head.write();
            assert_eq!(bytes.len(), 136);
            assert_eq!(Head::read(&bytes).unwrap(), head);
        }
    }

    #[test]
    fn slots_are_counted_in_single_precision() {
        assert_eq!(slots(0, 1.5), 1);
        assert_eq!(slots(1, 1.5), 2);
        assert_eq!(slots(10, 1.5), 15);
        // 16777217 is not an f32.
        assert_eq!(slots(16_777_217, 1.5), 25_165_824);
    }
}
