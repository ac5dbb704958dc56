//! `ngram prepare`.

use crate::helpers::{self, FIRST, TREE};
use crate::input::{self, Input};
use crate::number;
use crate::options::{MemoryArgs, ModelArgs, WorkArgs, saying};
use crate::output;
use crate::output::with_remedy;
use crate::reading::{self, ReadingArgs};
use crate::summary::{bytes, group};
use anyhow::{Context, bail};
use ngram_adaptive::WordTree;
use ngram_adaptive::prepared::{self, KINDS, SourceText};
use ngram_counts::{Corpus, CountOptions, IdBlocks, Ids, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_model::LanguageModel;
use ngram_store::{Progress, Resources, TemporaryFolder};
use ngram_tokenizer::{WordId, escape};
use ngram_train::classes::{Bigrams, ExchangeOptions, exchange, hierarchy};
use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Prepare what makes a model adapt best, from the text it was trained on.
///
/// This makes a folder beside the model, MODEL.helpers: a tree of word classes, and what followed contexts of many kinds,
/// such as classes, words with gaps between them, rare words nearby, and words in each of the texts. `ngram eval
/// --adaptive=best` and `ngram compress --best` use them. It takes four to five times as long as training the model, and 1.4 times its space.
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
    #[arg(short = 'k', long = "classes", value_name = "N", default_value_t = 512, value_parser = number::whole::<usize>(2, 10_000))]
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
/// The most texts that are told apart.
const SOURCES: usize = 7;
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
    let job = Job {
        inputs: &inputs,
        model: model.as_dyn(),
        resources,
        progress: &progress,
        folder: made.path(),
    };
    args.work.pool()?.install(|| job.run(args.classes))?;
    drop(progress);
    if let Some(first) = first {
        fs::write(made.path().join(FIRST), first)
            .map_err(with_remedy)
            .with_context(cannot_write)?;
    }
    reading::warn(&reading, reading::LEFT_OUT)?;
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
    model: &'a dyn LanguageModel,
    resources: Resources,
    progress: &'a dyn Progress,
    folder: &'a Path,
}

impl Job<'_> {
    fn run(&self, classes: usize) -> anyhow::Result<()> {
        let tree = self.tree(classes)?;
        let tree = WordTree::new(self.model, &tree);
        let text = self.sources()?;
        for kind in KINDS {
            let stage = format!("counting what follows {}", kind.name);
            self.progress.begin(&stage, Some(text.tokens()), "tokens");
            let path = self.folder.join(helpers::context(kind));
            let memory = self.resources.left();
            prepared::count(kind, &tree, &text, memory, &path, self.progress)
                .map_err(with_remedy)
                .with_context(|| format!("cannot write {}", path.display()))?;
            self.progress.end();
        }
        Ok(())
    }

    /// Reads the texts as words of the model. Each is a source, unless there are too many.
    fn sources(&self) -> anyhow::Result<Sources> {
        let vocab = self.model.vocab();
        let words = (WordId::SPECIAL..vocab.len() as u32).map(WordId);
        let rule = VocabRule::List(words.map(|word| vocab.word(word).to_owned()).collect());
        let texts = self.texts()?;
        let are_apart = texts.len() <= SOURCES;
        let parts = if are_apart { texts.chunks(1) } else { texts.chunks(texts.len()) };
        let mut sources = Sources { count: parts.len(), ..Sources::default() };
        for (source, texts) in parts.enumerate() {
            let tokenizer = self.model.tokenizer();
            let corpus = Corpus::read(texts, tokenizer, &rule, &self.resources, self.progress)?;
            rule.fits(&corpus.summary)?;
            sources.tokens += corpus.summary.tokens;
            let own = corpus.vocab.view();
            let number = |id: u32| match id < WordId::SPECIAL {
                true => id,
                false => vocab.id_or_unknown(own.word(WordId(id))).0,
            };
            let numbers: Vec<u32> = (0..own.len() as u32).map(number).collect();
            let blocks = corpus.blocks.renumbered(&numbers);
            sources.places.extend((0..blocks.len()).map(|block| (source, block)));
            sources.blocks.push(blocks);
        }
        Ok(sources)
    }

    fn texts(&self) -> anyhow::Result<Vec<Text>> {
        self.inputs.iter().map(Input::text).collect()
    }

    /// Clusters the words, writes the tree of classes, and returns it.
    fn tree(&self, classes: usize) -> anyhow::Result<String> {
        let rule = VocabRule::MinCount(LEAST);
        let (resources, progress) = (&self.resources, self.progress);
        let corpus =
            Corpus::read(&self.texts()?, self.model.tokenizer(), &rule, resources, progress)?;
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
        let mut tree = String::new();
        let view = vocab.view();
        let special = WordId::SPECIAL as usize;
        for (word, &class) in clustering.class_of.iter().enumerate().skip(special) {
            let path = &paths[class as usize - special];
            let word = escape(view.word(WordId(word as u32)));
            tree.extend([path, "\t", &word, "\n"]);
        }
        let path = self.folder.join(TREE);
        let cannot_write = || format!("cannot write {}", path.display());
        fs::write(&path, &tree).map_err(with_remedy).with_context(cannot_write)?;
        Ok(tree)
    }
}

/// The texts as words of the model.
#[derive(Default)]
struct Sources {
    /// For each source.
    blocks: Vec<IdBlocks>,
    /// The source of each block, and its number there.
    places: Vec<(usize, usize)>,
    count: usize,
    tokens: u64,
}

impl SourceText for Sources {
    fn blocks(&self) -> usize {
        self.places.len()
    }

    fn tokens(&self) -> u64 {
        self.tokens
    }

    fn sources(&self) -> usize {
        self.count
    }

    fn block(&self, number: usize) -> io::Result<(usize, Cow<'_, [u32]>)> {
        let (source, block) = self.places[number];
        Ok((source, self.blocks[source].get(block).map_err(io::Error::other)?))
    }
}
