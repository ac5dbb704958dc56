//! A directory of n-grams in the layout of Google's Web 1T 5-gram collection.

use crate::output::{Patient, with_remedy};
use anyhow::{Context, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use ngram_counts::Ngram;
use ngram_store::{TemporaryFolder, sync_folder};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Maximum number of n-grams per file.
const PER_FILE: u64 = 10_000_000;

/// Writes such a directory under a temporary name, and renames it at the end.
///
/// ```text
/// 1gms/vocab.gz       word<TAB>count, in the order of the lines' bytes
/// 1gms/vocab_cs.gz    the same lines by falling count, ties as in vocab.gz
/// 1gms/total          the sum of these counts
/// 2gms/2gm-0000.gz    w1 w2<TAB>count, in the order of the lines' bytes, ten million lines a file
/// 2gms/2gm.idx        for each of these files its name, a tab, and its first n-gram
/// 3gms/…
/// ```
pub struct GoogleDirectory {
    path: PathBuf,
    folder: TemporaryFolder,
    orders: Vec<OrderFiles>,
    words: Vec<(String, u64)>,
    per_file: u64,
}

/// The files of one order.
struct OrderFiles {
    file: Option<Gzip>,
    files: u64,
    /// Number of n-grams in the last file.
    written: u64,
    index: String,
}

type Gzip = GzEncoder<BufWriter<Patient>>;

impl GoogleDirectory {
    /// Begins a directory for orders up to `order`.
    pub fn create(path: &Path, order: usize) -> anyhow::Result<GoogleDirectory> {
        GoogleDirectory::with_files_of(path, order, PER_FILE)
    }

    fn with_files_of(path: &Path, order: usize, per_file: u64) -> anyhow::Result<GoogleDirectory> {
        if path.try_exists().with_context(|| format!("cannot read {}", path.display()))? {
            bail!("{} is there already: remove it, or choose another -o", path.display());
        }
        let cannot_write = || format!("cannot write {}", path.display());
        let folder = TemporaryFolder::beside(path).with_context(cannot_write)?;
        let mut orders = Vec::new();
        for order in 1..=order {
            std::fs::create_dir(folder.path().join(format!("{order}gms")))
                .with_context(cannot_write)?;
            orders.push(OrderFiles { file: None, files: 0, written: 0, index: String::new() });
        }
        Ok(GoogleDirectory { path: path.to_owned(), folder, orders, words: Vec::new(), per_file })
    }

    fn gzip(&self, name: &str) -> anyhow::Result<Gzip> {
        let file = File::create(self.folder.path().join(name));
        let file = file
            .map_err(with_remedy)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(GzEncoder::new(BufWriter::new(Patient(file)), Compression::fast()))
    }

    /// Writes an n-gram. Those of one order must come in the order of their lines.
    pub fn write(&mut self, ngram: Ngram) -> anyhow::Result<()> {
        let Ngram { order, text, count } = ngram;
        let per_file = self.per_file;
        if order == 1 {
            self.words.push((text.to_owned(), count));
            return Ok(());
        }
        let files = &self.orders[order - 1];
        if files.file.is_none() || files.written == per_file {
            let name = format!("{order}gm-{:04}.gz", files.files);
            let next = self.gzip(&format!("{order}gms/{name}"))?;
            let files = &mut self.orders[order - 1];
            if let Some(full) = files.file.replace(next) {
                finish(full, &self.path)?;
            }
            files.files += 1;
            files.written = 0;
            files.index.push_str(&format!("{name}\t{text}\n"));
        }
        let files = &mut self.orders[order - 1];
        files.written += 1;
        if let Some(file) = &mut files.file {
            writeln!(file, "{text}\t{count}")
                .map_err(with_remedy)
                .with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok(())
    }

    /// Completes the directory and gives it its name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let path = self.path.clone();
        let cannot_write = || format!("cannot write {}", path.display());
        let mut words = std::mem::take(&mut self.words);
        let total: u64 = words.iter().map(|(_, count)| count).sum();
        for name in ["vocab.gz", "vocab_cs.gz"] {
            let mut file = self.gzip(&format!("1gms/{name}"))?;
            for (word, count) in &words {
                writeln!(file, "{word}\t{count}")
                    .map_err(with_remedy)
                    .with_context(cannot_write)?;
            }
            finish(file, &path)?;
            // A stable sort keeps ties in order.
            words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        }
        let put = |name: &str, text: &str| {
            File::create(self.folder.path().join(name))
                .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
                .map_err(with_remedy)
                .with_context(cannot_write)
        };
        put("1gms/total", &format!("{total}\n"))?;
        for (order, files) in (1..).zip(self.orders) {
            if order > 1 {
                put(&format!("{order}gms/{order}gm.idx"), &files.index)?;
            }
            if let Some(file) = files.file {
                finish(file, &path)?;
            }
            let folder = self.folder.path().join(format!("{order}gms"));
            sync_folder(&folder).with_context(cannot_write)?;
        }
        if path.try_exists().with_context(|| format!("cannot read {}", path.display()))? {
            bail!("{} was made by another program meanwhile: choose another -o", path.display());
        }
        self.folder.finish(&path).map_err(with_remedy).with_context(cannot_write)
    }
}

fn finish(file: Gzip, path: &Path) -> anyhow::Result<()> {
    let cannot_write = || format!("cannot write {}", path.display());
    let finished = file.finish().and_then(|buffered| {
        let file = buffered.into_inner().map_err(|error| error.into_error());
        file.and_then(|file| file.0.sync_all())
    });
    finished.map_err(with_remedy).with_context(cannot_write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn files_are_full_but_the_last_and_the_index_names_what_each_begins_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grams");
        let mut directory = GoogleDirectory::with_files_of(&path, 2, 2).unwrap();
        let ngrams = [
            (1, "a", 2),
            (2, "a b", 1),
            (2, "a c", 1),
            (1, "b", 3),
            (2, "b a", 1),
            (2, "b c", 1),
            (1, "c", 3),
            (2, "c c", 7),
        ];
        for (order, text, count) in ngrams {
            directory.write(Ngram { order, text, count }).unwrap();
        }
        assert!(!path.exists());
        directory.finish().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let read = |name: &str| {
            let bytes = std::fs::read(path.join(name)).unwrap();
            if !name.ends_with(".gz") {
                return String::from_utf8(bytes).unwrap();
            }
            let mut text = String::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(read("1gms/vocab.gz"), "a\t2\nb\t3\nc\t3\n");
        assert_eq!(read("1gms/vocab_cs.gz"), "b\t3\nc\t3\na\t2\n");
        assert_eq!(read("1gms/total"), "8\n");
        assert_eq!(read("2gms/2gm-0000.gz"), "a b\t1\na c\t1\n");
        assert_eq!(read("2gms/2gm-0001.gz"), "b a\t1\nb c\t1\n");
        assert_eq!(read("2gms/2gm-0002.gz"), "c c\t7\n");
        assert_eq!(read("2gms/2gm.idx"), "2gm-0000.gz\ta b\n2gm-0001.gz\tb a\n2gm-0002.gz\tc c\n");
        let error = GoogleDirectory::create(&path, 2).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("is there already"));
    }
}
