//! Lowercase lines that know where they come from.

/// A line in lower case, with the position in the original line that each byte comes from.
pub struct Lowered {
    pub line: String,
    places: Vec<usize>,
}

impl Lowered {
    pub fn new(line: &str) -> Lowered {
        let mut places = Vec::with_capacity(line.len() + 1);
        for (at, character) in line.char_indices() {
            // The length does not depend on the neighbouring characters.
            let length = character.to_lowercase().map(char::len_utf8).sum::<usize>();
            places.extend(std::iter::repeat_n(at, length));
        }
        Lowered { line: line.to_lowercase(), places }
    }

    pub fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(usize::MAX)
    }
}
