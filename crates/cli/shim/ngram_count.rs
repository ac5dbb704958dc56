//! SRILM's `ngram-count`.

use super::discounting::{self, Chosen};
use super::discounts;
use super::edited::{Edited, no_blank_line, rename};
use super::ends::OmittedEnds;
use super::model;
use super::srilm::{Given, OptionKind, Table, parse};
use crate::counts::completed;
use crate::input::{self, Input};
use crate::machine;
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::tell::tell;
use crate::vocabulary;
use anyhow::{Context, bail};
use ngram_counts::{
    Corpus, CorpusSummary, CountFile, CountOptions, CountTextError, Ids, Listing, Ngram,
    NgramCounts, PartialCounts, VocabRule, each_sorted,
};
use ngram_edit::prune::{self, Pruner};
use ngram_input::Text;
use ngram_model::{ConvertOptions, Model};
use ngram_store::Progress;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::OrderCounts;
use ngram_train::{
    TrainError, TrainOptions, Trained, train as train_on, train_from_counts, train_from_partial,
};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

const NO_BINARY: &str =
    "binary files are SRILM's own: leave it out, or use `ngram count` and `ngram import`";
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
    ("write-binary-lm", OptionKind::Flag),
    ("gt#", OptionKind::Value),
    ("kn#", OptionKind::Value),
    ("kn-modify-counts-at-end", OptionKind::Flag),
    ("kn-counts-modified", OptionKind::Refused("name the text, or raw counts")),
    ("float-counts", OptionKind::Refused("counts are whole numbers here")),
    (
        "text-has-weights",
        OptionKind::Refused("`ngram train a.txt:0.7` takes a share of a text's lines"),
    ),
    ("no-sos", OptionKind::Flag),
    ("no-eos", OptionKind::Flag),
    ("write-binary", OptionKind::Refused(NO_BINARY)),
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
        let saves = !self.given.has("lm") && discounting::has_files(self.given);
        if numbered.is_empty() && !saves && !self.given.has("lm") && !self.given.has("write-vocab")
        {
            // What SRILM does with counts that nothing else was asked of.
            numbered.push((0, "-"));
        }
        let writes_counts = !numbered.is_empty();
        // Counts that are read have the ends that they have.
        let ends = match source {
            Source::Text(_) => OmittedEnds::given(self.given),
            Source::Counts(_) => OmittedEnds::default(),
        };
        // A pipe can be read only once, so a text needed twice is copied.
        let again = match source {
            Source::Text(input) if writes_counts || ends.any() || self.counts_twice() => {
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
        let path = self.folder.join("counts");
        if writes_counts || ends.any() {
            let Source::Text(_) = source else {
                bail!("counts that are read are not written again: use `ngram count --merge`")
            };
            let summary = self.list(texts()?, ends, &path, progress)?;
            self.refuse_unknown(&summary)?;
            for (order, output) in numbered {
                copy_counts(&path, order, self.given.text("map-unk"), Path::new(output))?;
            }
        }
        if !self.given.has("lm") && !self.given.has("write-vocab") && !saves {
            return Ok(());
        }
        let counts = path;
        let path = self.folder.join("model.ngram");
        let mut chosen = discounting::chosen(self.given, self.order)?;
        if ends.any() && chosen.has_kneser_ney() {
            bail!(
                "-no-sos and -no-eos: continuation counts would not be those of the original; choose another method than Kneser-Ney, such as -wbdiscount"
            );
        }
        if self.counts_twice() {
            let Source::Text(_) = source else {
                bail!(
                    "-kn-modify-counts-at-end estimates discounts from raw counts of all orders: name the text by -text"
                );
            };
            self.fit_to_raw_counts(texts()?, &mut chosen, &path, progress)?;
        }
        let options = self.options(&path, &chosen)?;
        let trained = match source {
            Source::Text(_) if ends.any() => {
                let mut lists = PartialCounts::new();
                lists.add("the text", BufReader::new(std::fs::File::open(&counts)?))?;
                train_from_partial(lists, &options, &path, progress)?.trained
            }
            Source::Text(_) => train_on(&texts()?, &options, &path, progress)?,
            Source::Counts(input) => self.train_on_counts(input, &options, &path, progress)?,
        };
        self.refuse_unknown(&trained.corpus)?;
        for (order, info) in (1..).zip(&trained.info.orders) {
            match &info.note {
                Some(note) if chosen.methods[order - 1].0.has_discounts() => bail!(
                    "the counts leave the discounts of order {order} undefined ({note}): choose -wbdiscount, or use `ngram train`, which goes on with what it has"
                ),
                Some(note) => tell!("warning: order {order}: {note}"),
                None => {}
            }
        }
        if saves {
            let orders = trained.info.orders.iter().map(|order| &order.parameters[..]);
            discounts::write_all(self.given, &chosen, &orders.collect::<Vec<_>>())?;
        }
        let mut model = Model::open(&path)?;
        if let Some(words) = self.given.path("write-vocab") {
            let unknown = self.given.text("map-unk").unwrap_or(model::UNK);
            model::write_vocab(&model, self.given.has("unk").then_some(unknown), words)?;
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
        if self.given.has("write-binary-lm") {
            if self.given.has("map-unk") {
                bail!(
                    "-write-binary-lm: a model of ngram calls the unknown word <unk>: leave out -map-unk, or write an ARPA file"
                );
            }
            return model::write_binary(&model, lm);
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

    /// Whether discounts are estimated from raw counts, for which the text is counted first.
    fn counts_twice(&self) -> bool {
        self.given.has("kn-modify-counts-at-end")
    }

    /// Writes the count of each n-gram of some texts, one per line, but for the ends that are left out.
    fn list(
        &self,
        texts: Vec<Text>,
        ends: OmittedEnds,
        output: &Path,
        progress: &dyn Progress,
    ) -> anyhow::Result<CorpusSummary> {
        let (resources, rule) = (machine::resources(None, None, output), self.rule()?);
        let corpus = Corpus::read(&texts, &self.tokenizer(), &rule, &resources, progress)?;
        rule.fits(&corpus.summary)?;
        let options =
            CountOptions { resources: resources.clone(), ..CountOptions::new(self.order) };
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
            match ends.leave_out(text) {
                true => Ok(()),
                false => writeln!(file, "{text}\t{count}").with_context(cannot_write),
            }
        })?;
        let file = file.into_inner().map_err(|error| error.into_error());
        file.and_then(Output::finish).with_context(cannot_write)?;
        Ok(summary)
    }

    /// Fits the discounts of Kneser–Ney to the raw counts of all orders.
    fn fit_to_raw_counts(
        &self,
        texts: Vec<Text>,
        chosen: &mut Chosen,
        path: &Path,
        progress: &dyn Progress,
    ) -> anyhow::Result<()> {
        let resources = machine::resources(None, Some(self.folder), path);
        let tokenizer = self.tokenizer();
        let corpus = Corpus::read(&texts, &tokenizer, &self.rule()?, &resources, progress)?;
        let counting = CountOptions { resources, ..CountOptions::new(self.order) };
        let counts = NgramCounts::count(Ids::from(&corpus), &counting, progress)?;
        let words = corpus.vocab.view().len() as u64 - 1 - u64::from(!self.given.has("unk"));
        chosen.fit_each(|order, method, settings| {
            let counts = &counts.counts_of_counts[order - 1];
            method.fit(&OrderCounts { order, words, counts, settings })
        })
    }

    fn options(&self, path: &Path, chosen: &Chosen) -> anyhow::Result<TrainOptions> {
        let (smoothing, settings, by_order) = chosen.options(self.given);
        Ok(TrainOptions {
            order: self.order,
            tokenizer: self.tokenizer(),
            vocab: self.rule()?,
            smoothing,
            by_order,
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
