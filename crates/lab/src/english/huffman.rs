//! The mean length of a Huffman code (1952): the shortest code with a whole number of bits per
//! symbol.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Returns the mean code word length, in bits per symbol, for symbols with these counts. 0 with
/// fewer than two kinds of symbols, which need no code.
pub fn huffman(counts: impl IntoIterator<Item = u64>) -> f64 {
    let mut heap: BinaryHeap<Reverse<u64>> =
        counts.into_iter().filter(|&count| count > 0).map(Reverse).collect();
    let total: u64 = heap.iter().map(|Reverse(count)| count).sum();
    // Joining two groups lengthens the code words of all their symbols by one bit.
    let mut bits = 0;
    while let (Some(Reverse(one)), Some(Reverse(other))) = (heap.pop(), heap.pop()) {
        bits += one + other;
        heap.push(Reverse(one + other));
    }
    if total == 0 { 0.0 } else { bits as f64 / total as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0, 10, 110, 1110, 1111 for 4, 2, 1, 1, 1: 4 + 4 + 3 + 4 + 4 bits over 9 symbols, however
    /// ties are broken.
    #[test]
    fn by_hand() {
        assert_eq!(huffman([4, 2, 1, 1, 1]), 19.0 / 9.0);
        assert_eq!(huffman([1, 0, 1]), 1.0);
        assert_eq!(huffman([3, 3, 2, 2]), 2.0);
    }

    #[test]
    fn nothing_to_tell_apart() {
        assert_eq!(huffman([]), 0.0);
        assert_eq!(huffman([7]), 0.0);
    }
}
