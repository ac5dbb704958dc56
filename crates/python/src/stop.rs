//! Ctrl-C while a library works: Python handles signals in the main thread, between its own instructions, so that thread
//! waits for the work, and looks.

use ngram_store::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::ThreadPool;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often to check for Ctrl-C.
const ATTENTION: Duration = Duration::from_millis(100);

/// Bytes written before it is asked again whether to go on.
const STEP: usize = 1 << 20;

/// Whether to stop the work, and how far it is.
#[derive(Default)]
struct Stop {
    asked: AtomicBool,
    done: AtomicU64,
    stage: Mutex<Stage>,
}

/// A stage of the work.
#[derive(Clone, Default, PartialEq)]
struct Stage {
    name: String,
    total: Option<u64>,
    unit: String,
}

impl Progress for Stop {
    fn begin(&self, stage: &str, total: Option<u64>, unit: &str) {
        self.done.store(0, Ordering::Relaxed);
        let stage = Stage { name: stage.to_owned(), total, unit: unit.to_owned() };
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Stop {
    /// Tells Python how far the work is.
    fn tell(&self, py: Python<'_>, to: &Py<PyAny>) -> PyResult<()> {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if stage.name.is_empty() {
            return Ok(());
        }
        let done = self.done.load(Ordering::Relaxed);
        to.call1(py, (stage.name, done, stage.total, stage.unit)).map(drop)
    }
}

/// Runs the work in the threads of a pool, without the interpreter's lock, until Ctrl-C stops it. A pool is always given,
/// since a forked process has none of the threads of the usual one, and would wait for them forever.
pub fn stoppable<R: Send>(
    py: Python<'_>,
    pool: &ThreadPool,
    work: impl FnOnce(&dyn Progress) -> PyResult<R> + Send,
) -> PyResult<R> {
    stoppable_told(py, None, |progress| pool.install(|| work(progress)))
}

/// Runs the work in a thread of its own, and calls `tell` ten times a second with the stage, what is done of it, its
/// total and the unit.
pub fn stoppable_told<R: Send>(
    py: Python<'_>,
    tell: Option<Py<PyAny>>,
    work: impl FnOnce(&dyn Progress) -> PyResult<R> + Send,
) -> PyResult<R> {
    let stop = Stop::default();
    py.detach(|| {
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let progress = &stop;
            scope.spawn(move || {
                // If nobody waits any more, nobody wants the result either.
                let _ = sender.send(work(progress));
            });
            let mut interrupted = None;
            loop {
                match receiver.recv_timeout(ATTENTION) {
                    Ok(result) => return interrupted.map_or(result, Err),
                    Err(RecvTimeoutError::Timeout) => {
                        let asked = Python::attach(|py| {
                            py.check_signals()?;
                            tell.as_ref().map_or(Ok(()), |tell| stop.tell(py, tell))
                        });
                        if let Err(error) = asked {
                            stop.asked.store(true, Ordering::Relaxed);
                            interrupted.get_or_insert(error);
                        }
                    }
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(PyRuntimeError::new_err("the working thread is gone"));
                    }
                }
            }
        })
    })
}

/// An output or an input that fails once the work is to stop.
pub struct Stoppable<'p, S> {
    stream: S,
    progress: &'p dyn Progress,
}

impl<'p, S> Stoppable<'p, S> {
    /// Passes to or from `stream` until `progress` says to stop.
    pub fn new(stream: S, progress: &'p dyn Progress) -> Stoppable<'p, S> {
        Stoppable { stream, progress }
    }

    fn proceed(&self) -> io::Result<()> {
        self.progress.proceed().map_err(io::Error::other)
    }
}

impl<S: Read> Read for Stoppable<'_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.proceed()?;
        self.stream.read(bytes)
    }
}

impl<W: Write> Write for Stoppable<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.proceed()?;
        self.stream.write(&bytes[..bytes.len().min(STEP)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
