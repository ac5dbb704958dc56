//! Random changes to a valid file, as by a bad disk, an editor or an attacker.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

/// A change to some bytes.
#[derive(Clone, Debug)]
pub enum Change {
    /// Flips bits of one byte.
    Flip(Index, u8),
    /// Overwrites bytes with a little-endian number of this many bytes.
    Number(Index, u64, usize),
    /// Removes the bytes between two places.
    Cut(Index, Index),
    /// Inserts these bytes.
    Insert(Index, Vec<u8>),
    /// Repeats the bytes between two places at a third.
    Repeat(Index, Index, Index),
}

/// A few changes.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<Index>;
    let number = prop_oneof![
        0..4u64,
        (0..64u32, -1..2i64).prop_map(|(bit, more)| (1u64 << bit).wrapping_add_signed(more)),
        any::<u64>(),
    ];
    let change = prop_oneof![
        3 => (at(), 1..=u8::MAX).prop_map(|(at, bits)| Change::Flip(at, bits)),
        3 => (at(), number, prop_oneof![Just(1usize), Just(2), Just(4), Just(8)])
            .prop_map(|(at, number, bytes)| Change::Number(at, number, bytes)),
        1 => (at(), at()).prop_map(|(one, other)| Change::Cut(one, other)),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (at(), at(), at()).prop_map(|(from, to, at)| Change::Repeat(from, to, at)),
    ];
    prop::collection::vec(change, 1..4)
}

/// Applies these changes to the bytes, one after another.
pub fn apply(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let places = bytes.len() + 1;
        let between = |one: &Index, other: &Index| {
            let (one, other) = (one.index(places), other.index(places));
            one.min(other)..one.max(other)
        };
        match change {
            Change::Flip(at, bits) => {
                let at = at.index(places);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits);
            }
            Change::Number(at, number, length) => {
                let number = &number.to_le_bytes()[..*length];
                let at = at.index(places);
                bytes.iter_mut().skip(at).zip(number).for_each(|(byte, new)| *byte = *new);
            }
            Change::Cut(one, other) => {
                bytes.drain(between(one, other));
            }
            Change::Insert(at, new) => {
                let at = at.index(places);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Repeat(from, to, at) => {
                let again = bytes[between(from, to)].to_vec();
                let at = at.index(places);
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// Configures a run of `cases` cases, the same ones every time.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
