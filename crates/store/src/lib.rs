//! Files and memory, as every other crate uses them.
//!
//! A model is trained in bounded memory and its file appears whole or not at all; a scorer maps it and
//! must notice when another program writes into it. This crate does both, and knows nothing of words.
//!
//! - **In**: paths, bytes, numbers, a memory bound.
//! - **Out**: [`Mapped`] files, [`Partial`] files that get their name when they are whole, temporary files
//!   that go when they are dropped, numbers packed in few bits.
//! - **Never**: a word, a count, a probability, a text format, a compressor. It depends on no other crate
//!   of the workspace.
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
//! - [`Mapped`]: the bytes of a file, mapped into memory, read only; it says when they were changed.
//! - [`Partial`]: a file beside its place, synced and renamed when it is whole.
//! - [`temporary`]: temporary files and folders; [`TemporaryError`].
//! - [`Resources`]: how much memory the process may take, and where temporary files go; [`Gate`] lets as
//!   much work in as fits.
//! - [`DiskTooFull`], [`check_disk`]: what a disk has free, and what to do once it is full.
//! - [`Progress`]: is told how far long work has come, and can stop it; `()` does neither.
//! - [`bits`], [`varint`]: numbers in as few bits as they need: packed, Elias–Fano, seven bits a byte.

pub mod bits;
mod disk;
mod mapped;
pub mod partial;
mod progress;
pub mod resources;
pub mod stamp;
pub mod temporary;
pub mod varint;

pub use disk::{DiskTooFull, check_disk, is_full, remedy};
pub use mapped::Mapped;
pub use partial::{Partial, folder_of, is_stream, sync_folder};
pub use progress::{Cancelled, Progress};
pub use resources::{Gate, Resources, Shares, TooLittleMemory};
pub use stamp::{Stamp, Stamped};
pub use temporary::{TemporaryError, temporary_folder};
