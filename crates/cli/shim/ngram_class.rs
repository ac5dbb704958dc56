//! SRILM's `ngram-class`.

use super::edited::{Edited, no_blank_line};
use super::srilm::{Given, OptionKind, Table, parse};
use super::usage::Usage;
use crate::input::{self, Input};
use crate::machine;
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::summary::{bytes, group};
use crate::tell::tell;
use crate::vocabulary;
use anyhow::{Context, bail};
use ngram_counts::{Corpus, CountFile, CountOptions, CountSet, Ids, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_store::{Progress, Resources};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
use ngram_train::classes::{Bigrams, WordClasses, merge, merge_fully};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

const BY_HAND: &str = "classes are not changed by hand here: edit the class file";
const STEPS: &str = "only the last classes are written: run again with another -numclasses";

const OPTIONS: Table = &[
    ("text", OptionKind::Value),
    ("counts", OptionKind::Value),
    ("vocab", OptionKind::Value),
    ("tolower", OptionKind::Flag),
    ("numclasses", OptionKind::Value),
    ("full", OptionKind::Flag),
    ("incremental", OptionKind::Flag),
    ("class-counts", OptionKind::Value),
    ("classes", OptionKind::Value),
    ("debug", OptionKind::Value),
    ("maxwordsperclass", OptionKind::Refused("classes have any number of words here")),
    ("interact", OptionKind::Refused(BY_HAND)),
    ("read", OptionKind::Refused(BY_HAND)),
    ("noclass-vocab", OptionKind::Refused("only <s>, </s> and <unk> are in no class here")),
    ("save", OptionKind::Refused(STEPS)),
    ("save-maxclasses", OptionKind::Refused(STEPS)),
];

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let given = parse("ngram-class", OPTIONS, arguments)?;
    let (input, is_text) = match (given.path("text"), given.path("counts")) {
        (Some(text), None) => (input::named(text)?, true),
        (None, Some(counts)) => (input::named(counts)?, false),
        (Some(_), Some(_)) => bail!("SRILM adds up -text and -counts; here, name one of them"),
        (None, None) => bail!("name a text by -text, or counts by -counts"),
    };
    if given.has("full") && given.has("incremental") {
        return Err(Usage("ngram-class: -full or -incremental, not both".to_owned()).into());
    }
    given.not_over(&["classes", "class-counts"], &["text", "counts", "vocab"])?;
    let folder = machine::temporary_folder()?;
    let job = Job { given: &given, folder: folder.path() };
    let progress = ProgressDisplay::new(false);
    machine::pool(None)?.install(|| job.run(&input, is_text, &progress))
}

struct Job<'j> {
    given: &'j Given,
    folder: &'j Path,
}

impl Job<'_> {
    fn run(&self, input: &Input, is_text: bool, progress: &dyn Progress) -> anyhow::Result<()> {
        let resources = machine::resources(None, Some(self.folder), &self.folder.join("classes"));
        let (counts, vocab) = match is_text {
            true => self.count(input, &resources, progress)?,
            false => self.read(input, &resources, progress)?,
        };
        let bigrams = Bigrams::new(counts)?;
        let words = bigrams.free_words();
        // None, too, leaves every word alone.
        let asked: usize = self.given.number("numclasses")?.unwrap_or(1);
        if asked > words {
            tell!("note: there are {words} words, and each is a class");
        }
        let classes = if asked == 0 { words } else { asked.min(words) };
        let is_full = self.given.has("full");
        let side = (if is_full { words } else { classes } as u64).saturating_add(4);
        let cells = side.saturating_pow(2).saturating_mul(16);
        if cells > resources.memory {
            bail!(
                "{} classes at a time take {} of memory, 16 bytes per pair, but only {} may be used: choose fewer by -numclasses, and -incremental",
                group(side - 4),
                bytes(cells),
                bytes(resources.memory)
            );
        }
        let clustering = match is_full {
            true => merge_fully(&bigrams, classes, progress)?,
            false => merge(&bigrams, classes, progress)?,
        };
        let found = WordClasses::new(&clustering, vocab.view(), &bigrams);
        if let Some(path) = self.given.path("classes") {
            written(path, |out| found.write(out))?;
        }
        if let Some(path) = self.given.path("class-counts") {
            let lines = class_counts(&found, &vocab, &bigrams);
            written(path, |out| {
                lines.iter().try_for_each(|(names, count)| writeln!(out, "{names}\t{count}"))
            })?;
        }
        Ok(())
    }

    /// Counts a text.
    fn count(
        &self,
        input: &Input,
        resources: &Resources,
        progress: &dyn Progress,
    ) -> anyhow::Result<(NgramCounts<()>, Vocab)> {
        let texts = vec![Text::stream(&input.name, lines(input)?)];
        let rule = self.rule()?;
        let corpus = Corpus::read(&texts, &self.tokenizer(), &rule, resources, progress)?;
        rule.fits(&corpus.summary)?;
        self.tell_unknown(corpus.summary.unknown);
        let counts = NgramCounts::count(Ids::from(&corpus), &options(resources), progress)?;
        Ok((counts, corpus.vocab))
    }

    /// Reads counts, which may be of a higher order.
    fn read(
        &self,
        input: &Input,
        resources: &Resources,
        progress: &dyn Progress,
    ) -> anyhow::Result<(NgramCounts<()>, Vocab)> {
        let reader = BufReader::with_capacity(1 << 18, lines(input)?);
        let file = CountFile::from_text(&input.name, reader, &self.tokenizer())?;
        let rule = self.rule()?;
        let set = CountSet::new(vec![file], &rule)?;
        rule.fits(&set.summary)?;
        self.tell_unknown(set.summary.unknown);
        let counts = NgramCounts::from_files(&set, &options(resources), |_| (), progress)?;
        Ok((counts, set.vocab))
    }

    fn tokenizer(&self) -> TokenizerSpec {
        TokenizerSpec { kind: TokenizerKind::Whitespace, lowercase: self.given.has("tolower") }
    }

    fn rule(&self) -> anyhow::Result<VocabRule> {
        let words = self.given.path("vocab");
        let words = words.map(|path| vocabulary::read(path, &self.tokenizer())).transpose()?;
        Ok(words.map_or(VocabRule::All, VocabRule::List))
    }

    fn tell_unknown(&self, unknown: u64) {
        if unknown > 0 {
            tell!("note: {} words are <unk>, which is in no class", group(unknown));
        }
    }
}

fn options(resources: &Resources) -> CountOptions {
    CountOptions { resources: resources.clone(), ..CountOptions::new(2) }
}

/// Opens the lines of a text or of counts that are not blank.
fn lines(input: &Input) -> anyhow::Result<Box<dyn Read + Send>> {
    let text = BufReader::with_capacity(1 << 18, input.open(|_| ())?);
    Ok(Box::new(Edited::new(text, no_blank_line)))
}

/// Adds up the counts of single words and of bigrams by their classes; the markers and `<unk>` stand for themselves.
fn class_counts(classes: &WordClasses, vocab: &Vocab, bigrams: &Bigrams) -> BTreeMap<String, u64> {
    let class_of: HashMap<&str, &str> = classes
        .words
        .iter()
        .map(|word| (word.word.as_str(), classes.names[word.class].as_str()))
        .collect();
    let name = |word: usize| {
        let word = vocab.view().word(WordId(word as u32));
        class_of.get(word).copied().unwrap_or(word)
    };
    let mut sums = BTreeMap::new();
    for first in 0..bigrams.words() {
        let times = match WordId(first as u32) {
            WordId::BEGIN => bigrams.first(first),
            _ => bigrams.second(first),
        };
        if times > 0 {
            *sums.entry(name(first).to_owned()).or_default() += times;
        }
        for (second, count) in bigrams.after(first) {
            let names = format!("{} {}", name(first), name(second));
            *sums.entry(names).or_default() += u64::from(count);
        }
    }
    sums
}

/// Writes a file, whole or not at all.
fn written(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(Output::create(path)?);
    write(&mut out).with_context(|| output::cannot_write(path))?;
    let output = out.into_inner().map_err(|error| error.into_error());
    output.and_then(Output::finish).with_context(|| output::cannot_write(path))
}
