//! A binary tree over the words of a vocabulary: each word is a path of decisions from its root.
//!
//! Words of a class are neighbours, and classes that are alike are, too (the tree of classes of Brown, Della Pietra,
//! deSouza, Lai and Mercer 1992, section 3), so that a decision near the root has a meaning that contexts can predict.
//! Within a class, words are in order of frequency, and a decision divides their probability in half.

use ngram_model::LanguageModel;
use ngram_tokenizer::{WordId, unescape};
use std::ops::Range;

/// A tree whose leaves are the words from [`WordId::END`] on, at *positions* from 0.
#[derive(Clone)]
pub struct WordTree {
    /// The position of each word, by id; those of `<unk>` and `<s>` mean nothing.
    positions: Vec<u32>,
    /// The word at each position.
    words: Vec<u32>,
    /// For each inner node, in preorder, the first position of its right half.
    middles: Vec<u32>,
    /// The number of the class of each position, from 0.
    classes: Vec<u32>,
    /// The first position of each class, and the end of the last.
    class_starts: Vec<u32>,
}

/// A node of the tree: the words at positions `low..high`. A node of one word is a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its number in preorder among the inner nodes.
    pub number: u32,
    /// Its first position.
    pub low: u32,
    /// The end of its positions.
    pub high: u32,
}

/// A part of the tree that is still to be divided.
enum Part {
    /// A run of classes whose paths are the same up to a depth.
    Classes(Range<usize>, usize),
    /// The words of a class, or some of them, by position.
    Words(Range<u32>),
}

impl WordTree {
    /// Builds a tree from lines `path TAB word …`, as `ngram classes --paths` writes them: the path of zeros and ones
    /// that leads to the word's class. Words that no line names are in a class of their own, beside all others.
    pub fn new(model: &dyn LanguageModel, paths: &str) -> WordTree {
        let vocab = model.vocab();
        let words = vocab.len();
        let mut path_of: Vec<&str> = vec![""; words];
        for line in paths.lines() {
            let mut fields = line.split('\t');
            if let (Some(path), Some(word)) = (fields.next(), fields.next())
                && let Some(id) = vocab.id(&unescape(word))
                && let Some(of) = path_of.get_mut(id.index())
            {
                *of = path;
            }
        }
        let mut ids: Vec<u32> = (WordId::END.0..words as u32).collect();
        ids.sort_by(|&a, &b| path_of[a as usize].cmp(path_of[b as usize]).then_with(|| a.cmp(&b)));
        let mut positions = vec![0; words];
        let mut sums = Vec::with_capacity(ids.len() + 1);
        let mut sum = 0.0f64;
        sums.push(0.0);
        let mut classes = Vec::with_capacity(ids.len());
        let mut class_starts: Vec<u32> = Vec::new();
        let mut class_paths: Vec<&str> = Vec::new();
        for (position, &id) in (0u32..).zip(&ids) {
            positions[id as usize] = position;
            sum += model.score(&[], WordId(id)).log_prob.prob().min(1.0) + 1e-12;
            sums.push(sum);
            if class_paths.last() != Some(&path_of[id as usize]) {
                class_paths.push(path_of[id as usize]);
                class_starts.push(position);
            }
            classes.push(class_paths.len() as u32 - 1);
        }
        class_starts.push(ids.len() as u32);
        let mut tree =
            WordTree { positions, words: ids, middles: Vec::new(), classes, class_starts };
        tree.divide(&class_paths, class_paths.len(), &sums);
        tree
    }

    /// Returns a CRC-32 that tells trees apart, up to collisions: of the words' order, the classes, and how both are divided.
    pub fn fingerprint(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for number in self.words.iter().chain(&self.class_starts).chain(&self.middles) {
            hasher.update(&number.to_le_bytes());
        }
        hasher.finalize()
    }

    /// The number of words.
    pub fn words(&self) -> u32 {
        self.words.len() as u32
    }

    /// Returns the position of a word.
    pub fn position(&self, word: WordId) -> u32 {
        self.positions.get(word.index()).copied().unwrap_or(0)
    }

    /// Returns the word at a position.
    pub fn word(&self, position: u32) -> WordId {
        WordId(self.words[position as usize])
    }

    /// Returns the number of the class of a word.
    pub fn class(&self, word: WordId) -> u32 {
        self.classes.get(self.position(word) as usize).copied().unwrap_or(0)
    }

    /// The number of classes.
    pub fn class_count(&self) -> u32 {
        self.class_starts.len() as u32 - 1
    }

    /// Returns the number of the class at a position.
    pub fn class_at(&self, position: u32) -> u32 {
        self.classes[position as usize]
    }

    /// Returns whether a node's words are one class, or part of one.
    pub fn is_in_class(&self, node: Node) -> bool {
        self.classes[node.low as usize] == self.classes[node.high as usize - 1]
    }

    /// The root.
    pub fn root(&self) -> Node {
        Node { number: 0, low: 0, high: self.words() }
    }

    /// Returns the first position of an inner node's right half.
    pub fn middle(&self, node: Node) -> u32 {
        self.middles[node.number as usize]
    }

    /// Returns a half of an inner node.
    pub fn half(&self, node: Node, is_left: bool) -> Node {
        let middle = self.middle(node);
        match is_left {
            true => Node { number: node.number + 1, high: middle, ..node },
            false => Node { number: node.number + (middle - node.low), low: middle, ..node },
        }
    }

    /// Divides classes by the bits of their paths, and the words of a class where half of its probability is. Keeps what is
    /// left to do in a list, as a damaged file can have paths of any length.
    fn divide(&mut self, paths: &[&str], classes: usize, sums: &[f64]) {
        let mut left = vec![Part::Classes(0..classes, 0)];
        while let Some(part) = left.pop() {
            let (middle, low, high) = match part {
                Part::Classes(classes, _) if classes.len() < 2 => {
                    let bounds = [classes.start, classes.end].map(|class| self.class_starts[class]);
                    left.push(Part::Words(bounds[0]..bounds[1]));
                    continue;
                }
                Part::Classes(classes, depth) => {
                    // A path that ends is before those that go on.
                    let bit = |class: usize| paths[class].as_bytes().get(depth);
                    let first = bit(classes.start);
                    let Some(split) = classes.clone().find(|&class| bit(class) != first) else {
                        left.push(Part::Classes(classes, depth + 1));
                        continue;
                    };
                    let low = Part::Classes(classes.start..split, depth);
                    (self.class_starts[split], low, Part::Classes(split..classes.end, depth))
                }
                Part::Words(words) if words.len() < 2 => continue,
                Part::Words(words) => {
                    let (low, high) = (words.start as usize, words.end as usize);
                    let half = (sums[low] + sums[high]) / 2.0;
                    let after = low + sums[low..high].partition_point(|&sum| sum < half);
                    let middle = after.clamp(low + 1, high - 1) as u32;
                    (middle, Part::Words(words.start..middle), Part::Words(middle..words.end))
                }
            };
            // In preorder: the left half comes before the right one.
            self.middles.push(middle);
            left.extend([high, low]);
        }
    }
}
