//! The kind of a history, as one model sees it. Weights may depend on it.

/// The length of the longest suffix of a history that the model stores, and how many different
/// words it has after that, in classes that each span a factor of four.
pub(super) type Context = u16;

const CLASSES: u16 = 16;
/// The class that stands for all.
const ANY: u16 = CLASSES - 1;

/// Returns the kind of a history whose last `matched` words the model stores, with `successors`
/// words after them.
pub(super) fn of(matched: usize, successors: usize) -> Context {
    let class = (usize::BITS - successors.leading_zeros()).div_ceil(2) as u16;
    matched as u16 * CLASSES + class.min(ANY - 1)
}

/// Returns the same kind for any number of successors.
pub(super) fn coarse(context: Context) -> Context {
    context / CLASSES * CLASSES + ANY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_of_four_times_as_many() {
        let class = |successors| of(2, successors) - of(2, 0);
        let found = [0, 1, 3, 4, 15, 16, 63, 64, usize::MAX].map(class);
        assert_eq!(found, [0, 1, 1, 2, 2, 3, 3, 4, 14]);
        assert_eq!(coarse(of(2, 9)), coarse(of(2, 0)));
        assert!(coarse(of(2, 9)) > of(2, usize::MAX) && coarse(of(2, 9)) < of(3, 0));
    }
}
