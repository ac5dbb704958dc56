//! Reads symbol tables, which number the words of a decoder's automata.

use super::OpenFstError;
use ngram_tokenizer::{VocabView, WordId, escape};
use std::collections::{HashMap, HashSet};
use std::io::BufRead;

/// A symbol table of OpenFst, such as the `words.txt` of Kaldi and icefall: lines of a symbol and its number.
#[derive(Debug, Default)]
pub struct SymbolTable {
    name: String,
    numbers: HashMap<String, u32>,
}

/// Why a symbol table cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolTableError {
    /// It could not be read.
    #[error("cannot read the symbols {name} after line {line}")]
    Read {
        /// Its name.
        name: String,
        /// Lines read before the failure.
        line: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not a symbol with its number.
    #[error("{name}, line {line}: {what}; a line has a symbol, white space, and its number")]
    Line {
        /// Its name.
        name: String,
        /// Line number, from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
}

/// The labels of a model's words in an automaton.
pub(super) struct Labels {
    /// By word id; `None` if the word is left out, or is `<s>` or `</s>`, which have no arc.
    pub words: Vec<Option<u32>>,
    /// The label on the input side of back-off arcs.
    pub back_off: u32,
}

/// How many missing words a message names.
const NAMED: usize = 5;

impl SymbolTable {
    /// Reads a table; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// If a line is not a symbol with a number below 2³¹, or a symbol or a number comes twice.
    pub fn read(name: &str, mut reader: impl BufRead) -> Result<SymbolTable, SymbolTableError> {
        let mut table = SymbolTable { name: name.to_owned(), ..SymbolTable::default() };
        let mut taken = HashSet::new();
        let mut number = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(|source| {
                SymbolTableError::Read { name: name.to_owned(), line: number, source }
            })?;
            if read == 0 {
                return Ok(table);
            }
            number += 1;
            table.line(&line, &mut taken).map_err(|what| SymbolTableError::Line {
                name: name.to_owned(),
                line: number,
                what,
            })?;
        }
    }

    fn line(&mut self, line: &[u8], taken: &mut HashSet<u32>) -> Result<(), &'static str> {
        const SEPARATORS: [char; 4] = ['\t', '\n', '\r', ' '];
        let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        let mut fields = line.split(SEPARATORS).filter(|field| !field.is_empty());
        let Some(symbol) = fields.next() else { return Ok(()) };
        let (Some(number), None) = (fields.next(), fields.next()) else {
            return Err("it has not two fields");
        };
        let number: u32 = number.parse().map_err(|_| "the number is no whole number")?;
        if number > i32::MAX as u32 {
            return Err("the number is above 2147483647, the highest that OpenFst has");
        }
        if self.numbers.insert(symbol.to_owned(), number).is_some() {
            return Err("the symbol was already on a line before");
        }
        match taken.insert(number) {
            true => Ok(()),
            false => Err("another symbol has the number already"),
        }
    }

    /// Returns the labels of a model's words; `disambiguation` is the symbol for backing off, `None` for the empty
    /// label.
    pub(super) fn labels(
        &self,
        vocab: VocabView<'_>,
        disambiguation: Option<&str>,
        skips_missing: bool,
    ) -> Result<Labels, OpenFstError> {
        let back_off = match disambiguation {
            None => 0,
            Some(symbol) => match self.numbers.get(symbol) {
                Some(&number) if number > 0 => number,
                _ => return Err(self.no_symbol(symbol)),
            },
        };
        let mut words = Vec::with_capacity(vocab.len());
        let (mut missing, mut first) = (0, Vec::new());
        for (id, word) in (0..).map(WordId).zip(vocab.words()) {
            let written = escape(word);
            let number = match id {
                WordId::BEGIN | WordId::END => {
                    words.push(None);
                    continue;
                }
                WordId::UNKNOWN => {
                    let names = ["<unk>", "<UNK>"].into_iter();
                    names.filter_map(|name| self.numbers.get(name).copied()).next()
                }
                _ => self.numbers.get(&*written).copied(),
            };
            if let Some(number) = number
                && (number == 0 || disambiguation.is_some() && number == back_off)
            {
                return Err(OpenFstError::Label(written.into_owned()));
            }
            if number.is_none() {
                missing += 1;
                if first.len() < NAMED {
                    first.push(written.into_owned());
                }
            }
            words.push(number);
        }
        if missing > 0 && !skips_missing {
            let name = self.name.clone();
            return Err(OpenFstError::Missing { name, missing, first: first.join(", ") });
        }
        Ok(Labels { words, back_off })
    }

    fn no_symbol(&self, symbol: &str) -> OpenFstError {
        OpenFstError::NoSymbol { name: self.name.clone(), symbol: symbol.to_owned() }
    }
}
