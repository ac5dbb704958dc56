//! M_case: the case pattern of a token, given the token in lower case.

/// The patterns of upper-case (U) and lower-case (L) letters of Brown and others (1992); characters
/// that are not letters are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Pattern {
    /// L+, and tokens without letters: *house*, *42*.
    Lower,
    /// UL+: *House*.
    Capital,
    /// U+: *HOUSE*, *I*.
    Upper,
    /// ULUL+: *McGraw*.
    SecondAfterOne,
    /// ULLUL+: *MacLeod*.
    SecondAfterTwo,
    /// UUL+: *O'Brien*, *TVs*.
    TwoUpper,
    /// UUUL+: *USAir*.
    ThreeUpper,
    /// LUL+: *eMail*.
    SecondUpper,
    /// None of the eight: the token is kept as written, not lowercased.
    AsWritten,
}

impl Pattern {
    /// All patterns, in order of number.
    pub const ALL: [Pattern; 9] = [
        Pattern::Lower,
        Pattern::Capital,
        Pattern::Upper,
        Pattern::SecondAfterOne,
        Pattern::SecondAfterTwo,
        Pattern::TwoUpper,
        Pattern::ThreeUpper,
        Pattern::SecondUpper,
        Pattern::AsWritten,
    ];

    /// Returns the positions of the upper-case letters, from 0, if not all are, and the number of
    /// letters before L+.
    fn upper(self) -> (&'static [usize], usize) {
        match self {
            Pattern::Lower | Pattern::Upper | Pattern::AsWritten => (&[], 0),
            Pattern::Capital => (&[0], 1),
            Pattern::SecondAfterOne => (&[0, 2], 3),
            Pattern::SecondAfterTwo => (&[0, 3], 4),
            Pattern::TwoUpper => (&[0, 1], 2),
            Pattern::ThreeUpper => (&[0, 1, 2], 3),
            Pattern::SecondUpper => (&[1], 2),
        }
    }

    /// Writes a lower-case token in this pattern. `None` if it has too few letters, or a letter
    /// whose upper case is more than one character.
    pub fn write(self, lower: &str) -> Option<String> {
        if matches!(self, Pattern::Lower | Pattern::AsWritten) {
            return Some(lower.to_owned());
        }
        let (places, then) = self.upper();
        let (mut written, mut letters) = (String::with_capacity(lower.len()), 0);
        for character in lower.chars() {
            if !character.is_alphabetic() {
                written.push(character);
                continue;
            }
            if self == Pattern::Upper || places.contains(&letters) {
                let mut upper = character.to_uppercase();
                written.push(upper.next()?);
                if upper.next().is_some() {
                    return None;
                }
            } else {
                written.push(character);
            }
            letters += 1;
        }
        (letters > then).then_some(written)
    }
}

/// Returns a token in lower case, and the pattern that restores it.
pub fn fold(token: &str) -> (String, Pattern) {
    // Most tokens are lower-case ASCII.
    if token.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return (token.to_owned(), Pattern::Lower);
    }
    let lower = token.to_lowercase();
    let found = Pattern::ALL[..8].iter().find(|it| it.write(&lower).as_deref() == Some(token));
    match found {
        Some(&pattern) => (lower, pattern),
        None => (token.to_owned(), Pattern::AsWritten),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn eight_patterns_and_what_fits_none() {
        for (token, lower, pattern) in [
            ("house", "house", Pattern::Lower),
            ("42", "42", Pattern::Lower),
            ("", "", Pattern::Lower),
            ("House", "house", Pattern::Capital),
            ("O'clock", "o'clock", Pattern::Capital),
            ("I", "i", Pattern::Upper),
            ("U.S.", "u.s.", Pattern::Upper),
            ("McGraw", "mcgraw", Pattern::SecondAfterOne),
            ("O'Brien", "o'brien", Pattern::TwoUpper),
            ("MacLeod", "macleod", Pattern::SecondAfterTwo),
            ("USAir", "usair", Pattern::ThreeUpper),
            ("O'Neill", "o'neill", Pattern::TwoUpper),
            ("eMail", "email", Pattern::SecondUpper),
            ("heLLo", "heLLo", Pattern::AsWritten),
            ("LaTeX", "LaTeX", Pattern::AsWritten),
            ("Straße", "straße", Pattern::Capital),
            ("İx", "İx", Pattern::AsWritten), // its lower case is two characters
        ] {
            assert_eq!(fold(token), (lower.to_owned(), pattern), "{token}");
        }
    }

    proptest! {
        /// Lower-case token and pattern restore the original.
        #[test]
        fn nothing_is_lost(token in "\\PC{0,6}|[a-zA-Z']{0,7}") {
            let (lower, pattern) = fold(&token);
            prop_assert_eq!(pattern.write(&lower), Some(token));
        }
    }
}
