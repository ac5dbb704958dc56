//! Files, memory and bits, as every other crate uses them.
//!
//! A model is trained in bounded memory, and its file appears whole or not at all. A scorer maps that
//! file and must notice if another program writes to it. Both are done here, without knowing what the
//! bytes mean.
//!
//! - **In**: paths, bytes, numbers, a memory limit.
//! - **Out**: mapped files, files that take their name when complete, temporary files that are deleted
//!   when dropped, numbers in few bits.
//! - **Never**: words, counts, probabilities, text formats, compressors. It depends on no other crate
//!   of the workspace.
//!
//! # Example
//!
//! ```
//! use ngram_store::{Mapped, Partial};
//! use std::io::Write;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("model");
//! let mut file = Partial::create(&path)?;
//! file.file_mut().write_all(b"the whole of it")?;
//! assert!(!path.exists()); // not before it is finished
//! file.finish()?;
//! assert_eq!(&Mapped::open(&path)?[..3], b"the");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`Mapped`]: the bytes of a file, mapped read-only; a [`Stamp`] detects later changes.
//! - [`Partial`]: a file written beside its final path, then synced and renamed.
//! - [`temporary`]: temporary files and folders; [`TemporaryError`]. [`abandon`] removes them all, for a process that
//!   ends at once.
//! - [`Resources`]: the memory limit and the folder for temporary files. A [`Gate`] admits as much
//!   concurrent work as fits; [`TooLittleMemory`] says how much would.
//! - [`check_disk`], [`DiskTooFull`]: the free space of a disk, and what to do once it is full.
//! - [`Progress`]: receives the progress of long work and can cancel it; `()` does neither.
//! - [`bits`], [`varint`]: packed numbers, Elias–Fano sequences, and LEB128.
//!
//! # What it does not do
//!
//! It neither compresses nor parses: a file is bytes. It sets no limits of its own: callers ask
//! [`Resources`] and divide their work.

pub mod bits;
mod disk;
mod mapped;
pub mod partial;
mod progress;
pub mod resources;
mod same_file;
pub mod stamp;
pub mod temporary;
mod unfinished;
pub mod varint;

pub use disk::{DiskTooFull, check_disk, is_full, remedy};
pub use mapped::Mapped;
pub use partial::{Partial, folder_of, is_stream, sync_folder};
pub use progress::{Cancelled, Progress};
pub use resources::{Gate, Resources, Shares, TooLittleMemory};
pub use same_file::{is_same_file, replaced};
pub use stamp::{Stamp, Stamped};
pub use temporary::{TemporaryError, TemporaryFolder, temporary_folder};
pub use unfinished::abandon;
