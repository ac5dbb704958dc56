//! `ngram prepare`.

use crate::helpers::{self, CLASS, FIRST, SKIP, SOURCES, TREE};
use crate::input::{self, Input};
use crate::options::{MemoryArgs, ModelArgs, WorkArgs, saying};
use crate::output;
use crate::output::with_remedy;
use crate::reading::{self, ReadingArgs};
use crate::summary::{bytes, group};
use anyhow::{Context, bail};
use ngram_counts::{Corpus, CountOptions, Ids, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_store::{Progress, Resources, TemporaryFolder};
use ngram_tokenizer::{TokenizerSpec, WordId, escape};
use ngram_train::classes::{
    Bigrams, ExchangeOptions, WordClasses, exchange, hierarchy, train_classes,
};
use ngram_train::{TrainOptions, train};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Prepare what makes a model adapt best, from the text it was trained on.
///
/// This makes a folder beside the model, MODEL.helpers: a tree of word classes, a model of the classes, and a model with
/// gaps; and if there are several texts, a model of each. `ngram eval --adaptive=best` and `ngram compress --best` use
/// them. It takes two to three times as long as training the model, and 1.4 times its space.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// Texts that the model was trained on; one file for each source, such as novels and news.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// Text of the same sources that was not trained on. It is read before each text that is scored, so that the weights
    /// are learnt by then; a hundred thousand words of it are enough.
    #[arg(long, value_name = "FILE")]
    dev: Option<PathBuf>,
    /// Number of classes.
    #[arg(short = 'k', long = "classes", value_name = "N", default_value_t = 512, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(2..=10_000))]
    classes: usize,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    work: WorkArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[
    ("model", "Model to help"),
    (
        "threads",
        "Number of threads [default: one per core]; the helpers are the same for any number",
    ),
];

/// Words that come less often are in no class.
const LEAST: u64 = 5;
/// Sweeps of exchange over all words: later ones gain little.
const SWEEPS: usize = 5;

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let reading = args.reading.reading();
    let inputs = input::expand_as(&args.files, &reading)?;
    if inputs.iter().any(|input| input.path().is_none()) {
        bail!("the texts are read several times, which standard input cannot be: name files");
    }
    let model = args.model.open_any()?;
    let tokenizer = model.as_dyn().tokenizer().clone();
    if model.as_dyn().open_vocabulary().is_none() {
        bail!("{}", helpers::closed(&args.model.model));
    }
    let first = args.dev.as_deref().map(read_first).transpose()?;
    let folder = helpers::folder(&args.model.model);
    let inside = |path: &Path| {
        let [path, folder] = [path, &folder].map(fs::canonicalize);
        path.is_ok_and(|path| folder.is_ok_and(|folder| path.starts_with(folder)))
    };
    let dev = args.dev.as_deref();
    if let Some(path) = inputs.iter().filter_map(Input::path).chain(dev).find(|path| inside(path)) {
        bail!("{} is in {}, which is made anew: move it", path.display(), folder.display());
    }
    let cannot_write = || format!("cannot write {}", folder.display());
    let made = TemporaryFolder::beside(&folder).with_context(cannot_write)?;
    let resources = args.memory.resources(&folder);
    let progress = args.work.progress();
    let job =
        Job { inputs: &inputs, tokenizer, resources, progress: &progress, folder: made.path() };
    args.work.pool()?.install(|| job.run(args.classes))?;
    drop(progress);
    if let Some(first) = first {
        fs::write(made.path().join(FIRST), first)
            .map_err(with_remedy)
            .with_context(cannot_write)?;
    }
    reading::warn(&reading, reading::LEFT_OUT);
    let files = list(made.path())?;
    made.finish(&folder).map_err(with_remedy).with_context(cannot_write)?;
    if !args.work.is_quiet() {
        let mut out = output::stdout();
        for (name, size) in &files {
            writeln!(out, "{:>10}  {}", bytes(*size), folder.join(name).display())?;
        }
        let all = files.iter().map(|(_, size)| size).sum();
        writeln!(
            out,
            "{} in {:.1} s\nnext: ngram eval HELD-OUT.txt -m {} --adaptive=best",
            bytes(all),
            begun.elapsed().as_secs_f64(),
            args.model.model.display(),
        )?;
    }
    Ok(())
}

/// Reads the text that will be read first.
fn read_first(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    String::from_utf8(bytes).ok().with_context(|| format!("{} is not UTF-8", path.display()))
}

/// Returns the names and lengths of a folder's files, sorted by name.
fn list(folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
    }
    files.sort();
    Ok(files)
}

/// The work: each step makes a file.
struct Job<'a> {
    inputs: &'a [Input],
    tokenizer: TokenizerSpec,
    resources: Resources,
    progress: &'a dyn Progress,
    folder: &'a Path,
}

impl Job<'_> {
    fn run(&self, classes: usize) -> anyhow::Result<()> {
        let classes = self.tree(classes)?;
        let options = TrainOptions { vocab: VocabRule::MinCount(LEAST), ..self.options(5) };
        train_classes(&self.texts()?, &classes, &options, &self.folder.join(CLASS), self.progress)?;
        let options = TrainOptions { skip: 1, ..self.options(3) };
        train(&self.texts()?, &options, &self.folder.join(SKIP), self.progress)?;
        if (2..=SOURCES).contains(&self.inputs.len()) {
            for (number, input) in (1..).zip(self.inputs) {
                let path = self.folder.join(helpers::source(number));
                train(&[input.text()?], &self.options(4), &path, self.progress)?;
            }
        }
        Ok(())
    }

    fn options(&self, order: usize) -> TrainOptions {
        let tokenizer = self.tokenizer.clone();
        TrainOptions {
            order,
            tokenizer,
            resources: self.resources.clone(),
            ..TrainOptions::default()
        }
    }

    fn texts(&self) -> anyhow::Result<Vec<Text>> {
        self.inputs.iter().map(Input::text).collect()
    }

    /// Clusters the words, writes the tree of classes, and returns the classes.
    fn tree(&self, classes: usize) -> anyhow::Result<WordClasses> {
        let rule = VocabRule::MinCount(LEAST);
        let (resources, progress) = (&self.resources, self.progress);
        let corpus = Corpus::read(&self.texts()?, &self.tokenizer, &rule, resources, progress)?;
        let options = CountOptions { resources: resources.clone(), ..CountOptions::new(2) };
        let counts = NgramCounts::count(Ids::from(&corpus), &options, progress)?;
        let vocab = corpus.vocab;
        let bigrams = Bigrams::new(counts)?;
        let known = bigrams.free_words();
        if known < 2 {
            bail!(
                "only {} words come {LEAST} times or more: the texts are too short",
                group(known as u64)
            );
        }
        let classes = classes.min(known);
        let clustering =
            exchange(&bigrams, &ExchangeOptions { classes, sweeps: SWEEPS }, progress)?;
        let paths = hierarchy(&bigrams, &clustering, progress)?;
        let path = self.folder.join(TREE);
        let cannot_write = || format!("cannot write {}", path.display());
        let file = fs::File::create(&path).map_err(with_remedy).with_context(cannot_write)?;
        let mut out = BufWriter::new(file);
        let special = WordId::SPECIAL as usize;
        for (word, &class) in clustering.class_of.iter().enumerate().skip(special) {
            let written = vocab.view();
            let written = escape(written.word(WordId(word as u32)));
            let path = &paths[class as usize - special];
            writeln!(out, "{path}\t{written}").map_err(with_remedy).with_context(cannot_write)?;
        }
        out.flush().map_err(with_remedy).with_context(cannot_write)?;
        Ok(WordClasses::new(&clustering, vocab.view(), &bigrams))
    }
}
