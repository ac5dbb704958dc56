//! SRILM's `ngram-count`.

use super::edited::{Edited, no_blank_line, rename};
use super::model;
use super::srilm::{Given, OptionKind, Table, parse};
use crate::counts::completed;
use crate::input::{self, Input};
use crate::machine;
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::stop;
use crate::tell::tell;
use crate::vocabulary;
use anyhow::{Context, bail};
use ngram_counts::{
    Corpus, CorpusSummary, CountFile, CountOptions, CountTextError, Ids, Listing, Ngram,
    NgramCounts, PartialCounts, VocabRule, each_sorted,
};
use ngram_edit::prune::{self, Pruner};
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Model};
use ngram_store::Progress;
use ngram_tokenizer::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::{Combine, Convention, Settings, Smoothing, by_name};
use ngram_train::{
    TrainError, TrainOptions, Trained, train as train_on, train_from_counts, train_from_partial,
};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

const NO_BINARY: &str =
    "binary files are SRILM's own: leave it out, or use `ngram count` and `ngram import`";
const NO_MARKERS: &str = "every line is a sentence with both ends";
const OTHER_MODEL: &str = "it makes a model of another kind: see `ngram train --help`";

const OPTIONS: Table = &[
    ("order", OptionKind::Value),
    ("text", OptionKind::Value),
    ("read", OptionKind::Value),
    ("recompute", OptionKind::Flag),
    ("write", OptionKind::Value),
    ("write#", OptionKind::Value),
    ("sort", OptionKind::Flag),
    ("vocab", OptionKind::Value),
    ("limit-vocab", OptionKind::Flag),
    ("write-vocab", OptionKind::Value),
    ("tolower", OptionKind::Flag),
    ("map-unk", OptionKind::Value),
    ("unk", OptionKind::Flag),
    ("lm", OptionKind::Value),
    ("prune", OptionKind::Value),
    ("minprune", OptionKind::Value),
    ("gt#min", OptionKind::Value),
    ("gt#max", OptionKind::Value),
    ("cdiscount#", OptionKind::Value),
    ("addsmooth#", OptionKind::Value),
    ("wbdiscount#", OptionKind::Flag),
    ("ndiscount#", OptionKind::Flag),
    ("kndiscount#", OptionKind::Flag),
    ("ukndiscount#", OptionKind::Flag),
    ("interpolate#", OptionKind::Flag),
    ("debug", OptionKind::Value),
    ("memuse", OptionKind::Flag),
    ("gt#", OptionKind::Refused("Good-Turing discounts come from the counts at hand")),
    ("kn#", OptionKind::Refused("discounts come from the counts at hand")),
    (
        "kn-modify-counts-at-end",
        OptionKind::Refused("discounts are estimated from the counts that they are used on"),
    ),
    ("kn-counts-modified", OptionKind::Refused("name the text, or raw counts")),
    ("float-counts", OptionKind::Refused("counts are whole numbers here")),
    (
        "text-has-weights",
        OptionKind::Refused("`ngram train a.txt:0.7` takes a share of a text's lines"),
    ),
    ("no-sos", OptionKind::Refused(NO_MARKERS)),
    ("no-eos", OptionKind::Refused(NO_MARKERS)),
    ("write-binary", OptionKind::Refused(NO_BINARY)),
    ("write-binary-lm", OptionKind::Refused(NO_BINARY)),
    (
        "skip",
        OptionKind::Refused("`ngram train --skip` makes models that skip words, of another kind"),
    ),
    ("count-lm", OptionKind::Refused(OTHER_MODEL)),
    ("maxent", OptionKind::Refused(OTHER_MODEL)),
    ("read-google", OptionKind::Refused("use `ngram train --partial --counts`")),
];

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    stop::listen()?;
    let given = parse("ngram-count", OPTIONS, arguments)?;
    let order = given.number("order")?.unwrap_or(3);
    let source = match (given.path("text"), given.path("read")) {
        (Some(text), None) => Source::Text(input::named(text)?),
        (None, Some(counts)) => Source::Counts(input::named(counts)?),
        (Some(_), Some(_)) => bail!("SRILM adds up -text and -read; here, name one of them"),
        (None, None) => bail!("name a text by -text, or counts by -read"),
    };
    given.not_over(&["lm", "write#", "write-vocab"], &["text", "read", "vocab"])?;
    let folder = machine::temporary_folder()?;
    let job = Job { given: &given, order, folder: folder.path() };
    let progress = ProgressDisplay::new(false);
    machine::pool(None)?.install(|| job.run(&source, &progress))
}

/// What is counted.
enum Source {
    Text(Input),
    Counts(Input),
}

impl Source {
    fn input(&self) -> &Input {
        match self {
            Source::Text(input) | Source::Counts(input) => input,
        }
    }
}

struct Job<'j> {
    given: &'j Given,
    order: usize,
    folder: &'j Path,
}

impl Job<'_> {
    fn run(&self, source: &Source, progress: &ProgressDisplay) -> anyhow::Result<()> {
        let mut numbered = self.given.numbered("write#");
        if numbered.is_empty() && !self.given.has("lm") && !self.given.has("write-vocab") {
            // What SRILM does with counts that nothing else was asked of.
            numbered.push((0, "-"));
        }
        let writes_counts = !numbered.is_empty();
        // A pipe can be read only once, so a text needed twice is copied.
        let again = match source {
            Source::Text(input) if writes_counts && self.given.has("lm") => {
                let path = self.folder.join("text");
                let mut copy = BufWriter::new(std::fs::File::create(&path)?);
                std::io::copy(&mut self.lines(input)?, &mut copy)
                    .with_context(|| format!("cannot read {}", input.name))?;
                copy.flush()?;
                Some(path)
            }
            _ => None,
        };
        let texts = || -> anyhow::Result<Vec<Text>> {
            Ok(match (&again, source) {
                (Some(path), _) => vec![Text::file(path)],
                (None, source) => {
                    let input = source.input();
                    vec![Text::stream(&input.name, self.lines(input)?)]
                }
            })
        };
        if writes_counts {
            let Source::Text(_) = source else {
                bail!("counts that are read are not written again: use `ngram count --merge`")
            };
            let path = self.folder.join("counts");
            let rule = self.rule()?;
            let tokenizer = self.tokenizer();
            let summary = list(texts()?, self.order, tokenizer, rule, &path, progress)?;
            self.refuse_unknown(&summary)?;
            for (order, output) in numbered {
                copy_counts(&path, order, self.given.text("map-unk"), Path::new(output))?;
            }
        }
        if !self.given.has("lm") && !self.given.has("write-vocab") {
            return Ok(());
        }
        let path = self.folder.join("model.ngram");
        let options = self.options(&path)?;
        let trained = match source {
            Source::Text(_) => train_on(&texts()?, &options, &path, progress)?,
            Source::Counts(input) => self.train_on_counts(input, &options, &path, progress)?,
        };
        self.refuse_unknown(&trained.corpus)?;
        for (order, info) in (1..).zip(&trained.info.orders) {
            match &info.note {
                Some(note) if options.smoothing.has_discounts() => bail!(
                    "the counts leave the discounts of order {order} undefined ({note}): choose -wbdiscount, or use `ngram train`, which goes on with what it has"
                ),
                Some(note) => tell!("warning: order {order}: {note}"),
                None => {}
            }
        }
        let mut model = Model::open(&path)?;
        if let Some(words) = self.given.path("write-vocab") {
            self.write_vocab(&model, words)?;
        }
        let Some(lm) = self.given.path("lm") else { return Ok(()) };
        if let Some(threshold) = self.given.number("prune")? {
            let pruned = self.folder.join("pruned.ngram");
            let least = self.given.number("minprune")?.unwrap_or(2);
            let criterion = prune::by_name("relative-entropy")?;
            let pruner = Pruner::new(&model, criterion, least, None, progress)?;
            pruner.write(threshold, &ConvertOptions::default(), &pruned)?;
            drop(pruner);
            model = Model::open(&pruned)?;
        }
        let unknown = self.given.text("map-unk").unwrap_or(model::UNK);
        model::write_lm(&model, self.given.has("unk").then_some(unknown), lm)
    }

    /// Trains on counts as text. Those that are not complete are completed, where SRILM takes them as they are.
    fn train_on_counts(
        &self,
        input: &Input,
        options: &TrainOptions,
        path: &Path,
        progress: &ProgressDisplay,
    ) -> anyhow::Result<Trained> {
        // A pipe can be read only once, and the lines may be needed twice.
        let mut piped = Vec::new();
        if input.path().is_none() {
            let mut lines = self.lines(input)?;
            lines.read_to_end(&mut piped).with_context(|| format!("cannot read {}", input.name))?;
        }
        let lines = || -> anyhow::Result<Box<dyn BufRead + '_>> {
            Ok(match input.path() {
                Some(_) => Box::new(BufReader::with_capacity(1 << 18, self.lines(input)?)),
                None => Box::new(&piped[..]),
            })
        };
        const CANNOT: &str = "cannot train on these counts";
        match CountFile::from_text(&input.name, lines()?, &self.tokenizer()) {
            Ok(file) => match train_from_counts(vec![file], options, path, progress) {
                Err(TrainError::Incomplete { .. } | TrainError::NothingFollows { .. }) => {}
                trained => return Ok(trained?),
            },
            Err(CountTextError::Incomplete { .. } | CountTextError::TooOften { .. }) => {}
            Err(error) => return Err(error).context(CANNOT),
        }
        let mut lists = PartialCounts::new();
        lists.add(&input.name, lines()?).context(CANNOT)?;
        let found = train_from_partial(lists, options, path, progress).context(CANNOT)?;
        tell!(
            "warning: {} does not hold the counts of a whole text, and is taken as it is: {}",
            input.name,
            completed(&found.completed)
        );
        Ok(found.trained)
    }

    /// Opens the lines of a text or of counts: without blank lines, and with `<unk>` under its usual name.
    fn lines(&self, input: &Input) -> anyhow::Result<Box<dyn Read + Send>> {
        let text = BufReader::with_capacity(1 << 18, input.open(|_| ())?);
        let name = self.given.text("map-unk").map(str::to_owned);
        Ok(Box::new(Edited::new(text, move |line| {
            no_blank_line(line);
            if let Some(name) = &name {
                rename(line, name.as_bytes(), model::UNK.as_bytes());
            }
        })))
    }

    fn tokenizer(&self) -> TokenizerSpec {
        TokenizerSpec { kind: TokenizerKind::Whitespace, lowercase: self.given.has("tolower") }
    }

    fn rule(&self) -> anyhow::Result<VocabRule> {
        let words = self.given.path("vocab");
        let words = words.map(|path| vocabulary::read(path, &self.tokenizer())).transpose()?;
        let unknown = self.given.text("map-unk");
        let words = words.map(|words| {
            words.into_iter().filter(|word| Some(word.as_str()) != unknown).collect::<Vec<String>>()
        });
        Ok(words.map_or(VocabRule::All, VocabRule::List))
    }

    fn options(&self, path: &Path) -> anyhow::Result<TrainOptions> {
        let (smoothing, settings) = smoothing(self.given, self.order)?;
        Ok(TrainOptions {
            order: self.order,
            tokenizer: self.tokenizer(),
            vocab: self.rule()?,
            smoothing,
            settings,
            resources: machine::resources(None, Some(self.folder), path),
            open: false,
            ..TrainOptions::default()
        })
    }

    /// Without `-unk`, SRILM removes unknown words from the text before it estimates.
    fn refuse_unknown(&self, summary: &CorpusSummary) -> anyhow::Result<()> {
        match summary.unknown {
            0 => Ok(()),
            _ if self.given.has("unk") => Ok(()),
            unknown => bail!(
                "{unknown} words are <unk> or not in the vocabulary, and a model without <unk> is estimated here only from texts without such words: pass -unk, or list their words in -vocab"
            ),
        }
    }

    fn write_vocab(&self, model: &Model, path: &Path) -> anyhow::Result<()> {
        let mut output = BufWriter::new(Output::create(path)?);
        let unknown = self.given.text("map-unk").unwrap_or(model::UNK);
        let unknown = self.given.has("unk").then_some(unknown);
        let special = unknown.into_iter().chain(SPECIAL_WORDS.into_iter().skip(1));
        let words = special.chain(model.vocab().words().skip(SPECIAL_WORDS.len()));
        for word in words {
            writeln!(output, "{word}").with_context(|| output::cannot_write(path))?;
        }
        let output = output.into_inner().map_err(|error| error.into_error());
        output.and_then(Output::finish).with_context(|| output::cannot_write(path))
    }
}

/// Writes the count of each n-gram of some texts, one per line.
fn list(
    texts: Vec<Text>,
    order: usize,
    tokenizer: TokenizerSpec,
    rule: VocabRule,
    output: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<CorpusSummary> {
    let resources = machine::resources(None, None, output);
    let corpus = Corpus::read(&texts, &tokenizer, &rule, &resources, progress)?;
    rule.fits(&corpus.summary)?;
    let options = CountOptions { resources: resources.clone(), ..CountOptions::new(order) };
    let counts = NgramCounts::count(Ids::from(&corpus), &options, progress)?;
    let Corpus { vocab, summary, blocks, .. } = corpus;
    drop(blocks);
    let listing = Listing {
        vocab: vocab.view(),
        sentences: summary.sentences,
        least: &[],
        resources: &resources,
    };
    let cannot_write = || format!("cannot write {}", output.display());
    let mut file = BufWriter::with_capacity(1 << 16, Output::create(output)?);
    each_sorted(&counts, &listing, progress, |Ngram { text, count, .. }| {
        writeln!(file, "{text}\t{count}").with_context(cannot_write)
    })?;
    let file = file.into_inner().map_err(|error| error.into_error());
    file.and_then(Output::finish).with_context(cannot_write)?;
    Ok(summary)
}

/// Copies the lines of one order, or of all orders for 0, with `<unk>` perhaps under another name.
fn copy_counts(
    counts: &Path,
    order: usize,
    unknown: Option<&str>,
    path: &Path,
) -> anyhow::Result<()> {
    use std::io::BufRead;
    let mut output = BufWriter::with_capacity(1 << 16, Output::create(path)?);
    for line in BufReader::with_capacity(1 << 16, std::fs::File::open(counts)?).split(b'\n') {
        let mut line = line?;
        let words = 1 + line.iter().filter(|&&byte| byte == b' ').count();
        if order == 0 || words == order {
            if let Some(unknown) = unknown {
                rename(&mut line, model::UNK.as_bytes(), unknown.as_bytes());
            }
            line.push(b'\n');
            output.write_all(&line).with_context(|| output::cannot_write(path))?;
        }
    }
    let output = output.into_inner().map_err(|error| error.into_error());
    output.and_then(Output::finish).with_context(|| output::cannot_write(path))
}

/// The options that choose a method, each with the method's name and whether it can be interpolated.
const METHODS: [(&str, &str, bool); 6] = [
    ("kndiscount#", "modified-kneser-ney", true),
    ("ukndiscount#", "kneser-ney", true),
    ("wbdiscount#", "witten-bell", true),
    ("cdiscount#", "absolute", true),
    ("ndiscount#", "natural", false),
    ("addsmooth#", "additive-backoff", false),
];

/// Returns the value of an option that was given for all orders, or with the same value for each.
fn everywhere(given: &Given, pattern: &str, order: usize) -> anyhow::Result<Option<String>> {
    let found = given.numbered(pattern);
    let Some((_, value)) = found.first() else { return Ok(None) };
    let for_all = found.iter().any(|(number, _)| *number == 0);
    let each = (1..=order).all(|order| found.iter().any(|(number, _)| *number == order));
    if found.iter().any(|(_, other)| other != value) {
        bail!(
            "{} have several values: all orders are smoothed alike here, so give one",
            shown(given, &[pattern])
        );
    }
    if !for_all && !each {
        let missing = (1..=order).filter(|order| found.iter().all(|(number, _)| number != order));
        let missing: Vec<String> = missing.map(|order| order.to_string()).collect();
        bail!(
            "{}, and nothing of the kind for order {}: all orders are smoothed alike here, so give {} for all {order}",
            shown(given, &[pattern]),
            missing.join(" and "),
            dashed(pattern)
        );
    }
    Ok(Some((*value).to_owned()))
}

/// Chooses the method from options that hold for all orders or are given for each.
fn smoothing(given: &Given, order: usize) -> anyhow::Result<(&'static dyn Smoothing, Settings)> {
    let patterns = METHODS.map(|(pattern, ..)| pattern);
    let named: Vec<&str> =
        patterns.into_iter().filter(|pattern| !given.numbered(pattern).is_empty()).collect();
    if named.len() > 1 {
        bail!(
            "{} are of {} methods: all orders are smoothed alike here, so give one of {} for all {order}",
            shown(given, &named),
            named.len(),
            named.iter().map(|pattern| dashed(pattern)).collect::<Vec<String>>().join(" and ")
        );
    }
    let mut chosen = ("good-turing", false, String::new());
    for (pattern, method, interpolates) in METHODS {
        if let Some(value) = everywhere(given, pattern, order)? {
            chosen = (method, interpolates, value);
        }
    }
    let (method, interpolates, value) = chosen;
    let interpolate = match interpolates {
        true => everywhere(given, "interpolate#", order)?.is_some(),
        false => !given.numbered("interpolate#").is_empty(),
    };
    if interpolate && !interpolates {
        tell!(
            "warning: {method} is not interpolated: -interpolate has no effect, as in the original"
        );
    }
    let mut settings = Settings {
        combine: interpolates.then_some(match interpolate {
            true => Combine::Interpolate,
            false => Combine::BackOff,
        }),
        min_counts: min_counts(given, order)?,
        convention: Convention::Srilm,
        predict_unknown: given.has("unk"),
        ..Settings::default()
    };
    let number = || value.parse().with_context(|| format!("{value:?} is not a number"));
    match method {
        "absolute" => settings.discount = Some(number()?),
        "additive-backoff" => settings.delta = number()?,
        _ => {}
    }
    good_turing_max(given, &mut settings)?;
    Ok((by_name(method)?, settings))
}

/// Lists the options as they were given, such as `-kndiscount2 and -wbdiscount3`.
fn shown(given: &Given, patterns: &[&str]) -> String {
    let options = patterns.iter().flat_map(|pattern| {
        given.numbered(pattern).into_iter().map(|(number, _)| match number {
            0 => dashed(pattern),
            number => format!("{}{number}", dashed(pattern)),
        })
    });
    options.collect::<Vec<String>>().join(" and ")
}

fn dashed(pattern: &str) -> String {
    format!("-{}", pattern.trim_end_matches('#'))
}

/// Returns the minimum counts: 1 for unigrams and bigrams and 2 for longer n-grams, unless others are given.
fn min_counts(given: &Given, order: usize) -> anyhow::Result<Vec<u32>> {
    let mut least: Vec<u32> = (1..=order).map(|order| if order < 3 { 1 } else { 2 }).collect();
    for (number, value) in given.numbered("gt#min") {
        let value: u32 =
            value.parse().with_context(|| format!("{value:?} is not a minimum count"))?;
        match number {
            0 => least.iter_mut().skip(9).for_each(|least| *least = value.max(1)),
            number if number <= order => least[number - 1] = value.max(1),
            _ => {}
        }
    }
    Ok(least)
}

/// Sets the highest count that is discounted, which is one number for all orders but the first.
fn good_turing_max(given: &Given, settings: &mut Settings) -> anyhow::Result<()> {
    let given = given.numbered("gt#max");
    let longer: Vec<&str> =
        given.iter().filter(|(number, _)| *number != 1).map(|(_, value)| *value).collect();
    if given.iter().any(|(number, value)| *number == 1 && *value != "1") {
        bail!("-gt1max other than 1: single words are not discounted by Good-Turing here");
    }
    let Some(first) = longer.first() else { return Ok(()) };
    if longer.iter().any(|value| value != first) {
        bail!("-gtNmax differ: here one number holds for all orders from 2 on");
    }
    settings.good_turing_max = Some(first.parse().with_context(|| format!("-gtNmax {first}"))?);
    Ok(())
}
