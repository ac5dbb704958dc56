//! Models in the files of other toolkits, opened like our own: ARPA files and tries of KenLM's are converted to a
//! temporary model, hash tables of KenLM's are scored as they are.

use crate::input;
use crate::machine;
use anyhow::{Context, bail};
use ngram_counts::TokenizerName;
use ngram_formats::arpa::ReadOptions;
use ngram_formats::kenlm::{self, KenlmModel, ProbingFile};
use ngram_formats::{TextTokenizer, import};
use ngram_input::Encoding;
use ngram_model::AnyModel;
use ngram_store::Mapped;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// How the words of a model of another toolkit were made from text.
#[derive(clap::Args, Default)]
pub struct ForeignArgs {
    /// How to split lines into tokens if the model is an ARPA file or a file of KenLM's, which do not say: words,
    /// whitespace, chars, bytes, or a tokenizer's file [default: what the file says, else whitespace].
    #[arg(long, value_name = "NAME", help_heading = "Models of other toolkits")]
    tokenizer: Option<TokenizerName>,
    /// Lowercase the text first, if the model is of another toolkit.
    #[arg(long, help_heading = "Models of other toolkits")]
    lowercase: bool,
}

impl ForeignArgs {
    /// Returns the tokenizer, whose file is read if it has one.
    fn tokenizer(&self) -> anyhow::Result<TextTokenizer> {
        let lowercase = self.lowercase;
        Ok(match &self.tokenizer {
            Some(name) => TextTokenizer::Told(name.open(lowercase)?),
            None => {
                let kind = TokenizerKind::Whitespace;
                TextTokenizer::Assumed(TokenizerSpec { kind, lowercase })
            }
        })
    }

    /// Opens a model of any kind among others, some of which may say themselves how their text is split.
    pub fn open_among(&self, path: &Path) -> anyhow::Result<AnyModel> {
        match is_one(path) {
            true => input::open_any_model_as(path, self),
            false => input::open_any_model(path),
        }
    }

    /// Fails if something was said that our own models say themselves.
    pub fn refuse_for(&self, path: &Path, model: &AnyModel) -> anyhow::Result<()> {
        if self.tokenizer.is_some() || self.lowercase {
            bail!(
                "{} says itself how its text is split ({}): leave --tokenizer and --lowercase out",
                path.display(),
                model.as_dyn().tokenizer()
            );
        }
        Ok(())
    }
}

/// The kinds of files of other toolkits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Arpa,
    Kenlm,
}

/// Bytes that may come before the data of an ARPA file.
const BEFORE_DATA: u64 = 64 << 10;

/// Returns the kind of a file from its beginning, decompressed; `None` if it is of none.
fn kind(path: &Path) -> Option<Kind> {
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) || input::is_model(path) {
        return None;
    }
    let mut head = Vec::new();
    let text = Encoding::decode(File::open(path).ok()?).ok()?;
    // A damaged file shows what it is before the damage.
    let _ = text.take(BEFORE_DATA).read_to_end(&mut head);
    if kenlm::is_head(&head) {
        return Some(Kind::Kenlm);
    }
    let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"));
    (first == Some(b"\\data\\")).then_some(Kind::Arpa)
}

/// Returns whether a file is an ARPA file or a binary file of KenLM's.
pub fn is_one(path: &Path) -> bool {
    kind(path).is_some()
}

/// Opens a model of another toolkit; `None` if the file is none.
pub fn open(path: &Path, args: &ForeignArgs) -> anyhow::Result<Option<AnyModel>> {
    let Some(kind) = kind(path) else { return Ok(None) };
    let name = path.display().to_string();
    let cannot = || format!("cannot open model {name}");
    if kind == Kind::Kenlm {
        let bytes = mapped(path).with_context(cannot)?;
        if ProbingFile::is_one(&bytes, &name)? {
            let (TextTokenizer::Told(tokenizer) | TextTokenizer::Assumed(tokenizer)) =
                args.tokenizer()?;
            let model = KenlmModel::open(bytes, &name, tokenizer)?;
            return Ok(Some(AnyModel::Foreign(Box::new(model))));
        }
        return converted(&bytes[..], &name, args).map(Some);
    }
    let text = Encoding::decode(File::open(path).with_context(cannot)?).with_context(cannot)?;
    converted(text, &name, args).map(Some)
}

/// Maps a file, or unpacks a compressed one.
fn mapped(path: &Path) -> anyhow::Result<Mapped> {
    let mut plain = Vec::new();
    File::open(path)?.take(kenlm::LOOK_AHEAD as u64).read_to_end(&mut plain)?;
    if kenlm::is_head(&plain) {
        return Ok(Mapped::open(path)?);
    }
    let mut bytes = Vec::new();
    Encoding::decode(File::open(path)?)?.read_to_end(&mut bytes)?;
    Ok(Mapped::from(bytes))
}

/// Converts a file by way of a temporary one.
fn converted(file: impl Read, name: &str, args: &ForeignArgs) -> anyhow::Result<AnyModel> {
    let folder = machine::temporary_folder()?;
    let path = folder.path().join("model.ngram");
    let text = BufReader::with_capacity(1 << 20, file);
    import(text, name, &ReadOptions::default(), args.tokenizer()?, &path)?;
    let bytes = Mapped::read(&path).with_context(|| format!("cannot open model {name}"))?;
    Ok(AnyModel::from_bytes(name, bytes)?)
}
