//! A set of byte strings with numbers, walked byte by byte: a double array (Aoe 1989) whose child for a byte is at
//! the exclusive or of a node's base and the byte.

/// A node's place: its children's base, its parent, and the number of the string that ends in it.
#[derive(Clone, Copy)]
struct Node {
    base: u32,
    parent: u32,
    value: u32,
}

const NONE: u32 = u32::MAX;
const FREE: Node = Node { base: 0, parent: NONE, value: NONE };

/// Free places that are tried for the children of a node before the array grows.
const TRIES: usize = 256;

/// The set. Place 0 is the root.
pub struct PieceTrie(Vec<Node>);

/// The root, where every string begins.
pub const ROOT: u32 = 0;

impl PieceTrie {
    /// Builds the set of these strings, none of which is empty or there twice.
    pub fn new(mut strings: Vec<(&[u8], u32)>) -> PieceTrie {
        strings.sort_unstable();
        let mut trie = PieceTrie(vec![FREE; 256]);
        trie.0[0].parent = 0;
        let mut first_free = 1;
        let mut work = vec![(ROOT, 0, 0..strings.len())];
        let mut labels = Vec::new();
        while let Some((node, depth, range)) = work.pop() {
            labels.clear();
            let mut start = range.start;
            while start < range.end {
                let Some(&label) = strings[start].0.get(depth) else {
                    trie.0[node as usize].value = strings[start].1;
                    start += 1;
                    continue;
                };
                let same = |string: &(&[u8], u32)| string.0[depth] == label;
                let end = start + strings[start..range.end].partition_point(same);
                labels.push((label, start..end));
                start = end;
            }
            if labels.is_empty() {
                continue;
            }
            let base = trie.base_for(&labels, &mut first_free);
            trie.0[node as usize].base = base;
            for (label, range) in labels.drain(..) {
                let child = base ^ u32::from(label);
                trie.0[child as usize].parent = node;
                work.push((child, depth + 1, range));
            }
        }
        trie
    }

    fn base_for<R>(&mut self, labels: &[(u8, R)], first_free: &mut usize) -> u32 {
        while self.0.get(*first_free).is_some_and(|node| node.parent != NONE) {
            *first_free += 1;
        }
        let first = usize::from(labels[0].0);
        let fits = |base: usize| {
            labels.iter().all(|(label, _)| self.0[base ^ usize::from(*label)].parent == NONE)
        };
        let free = (*first_free..self.0.len()).filter(|&at| self.0[at].parent == NONE);
        let found = free.take(TRIES).map(|at| at ^ first).find(|&base| fits(base));
        let base = found.unwrap_or_else(|| {
            // In a block of its own, every byte has a free place.
            let block = self.0.len();
            self.0.resize(block + 256, FREE);
            block
        });
        base as u32
    }

    /// Returns the node after this one for a byte.
    #[inline]
    pub fn next(&self, node: u32, byte: u8) -> Option<u32> {
        let child = self.0[node as usize].base ^ u32::from(byte);
        let found = self.0.get(child as usize)?;
        (found.parent == node && child != ROOT).then_some(child)
    }

    /// Returns the number of the string that ends in a node.
    #[inline]
    pub fn value(&self, node: u32) -> Option<u32> {
        let value = self.0[node as usize].value;
        (value != NONE).then_some(value)
    }

    /// Returns the number of a string.
    pub fn get(&self, string: &[u8]) -> Option<u32> {
        let end = string.iter().try_fold(ROOT, |node, &byte| self.next(node, byte))?;
        self.value(end)
    }

    /// Returns the length of the longest string that a text begins with.
    pub fn longest(&self, text: &[u8]) -> Option<usize> {
        let (mut node, mut longest) = (ROOT, None);
        for (at, &byte) in text.iter().enumerate() {
            let Some(child) = self.next(node, byte) else { break };
            node = child;
            if self.value(node).is_some() {
                longest = Some(at + 1);
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_in_it_and_nothing_else() {
        let strings: Vec<String> = (0..5000u32).map(|n| format!("{:x}", n * n % 70_000)).collect();
        let mut listed: Vec<&[u8]> = strings.iter().map(|string| string.as_bytes()).collect();
        listed.sort();
        listed.dedup();
        let numbered = listed.iter().zip(0..).map(|(&string, number)| (string, number)).collect();
        let trie = PieceTrie::new(numbered);
        for number in 0..80_000u32 {
            let string = format!("{number:x}");
            let found = listed.binary_search(&string.as_bytes()).ok();
            assert_eq!(trie.get(string.as_bytes()), found.map(|at| at as u32), "{string}");
            let longest = (1..=string.len())
                .rev()
                .find(|&len| listed.binary_search(&&string.as_bytes()[..len]).is_ok());
            assert_eq!(trie.longest(string.as_bytes()), longest, "{string}");
        }
        let one = PieceTrie::new(vec![(b"\0", 7)]);
        assert_eq!((one.get(b"\0"), one.get(b"\0\0"), one.get(b"")), (Some(7), None, None));
        assert_eq!(PieceTrie::new(Vec::new()).longest(b"a"), None);
    }
}
