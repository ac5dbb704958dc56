//! Ctrl-C while a library works: Python handles signals in the main thread, between its own instructions, so that thread
//! waits for the work, and looks.

use ngram_store::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::ThreadPool;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How often to check for Ctrl-C.
const ATTENTION: Duration = Duration::from_millis(100);

/// Bytes written before it is asked again whether to go on.
const STEP: usize = 1 << 20;

/// Whether to stop the work.
struct Stop(AtomicBool);

impl Progress for Stop {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}
    fn advance(&self, _units: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs the work in the threads of a pool, without the interpreter's lock, until Ctrl-C stops it. A pool is always given,
/// since a forked process has none of the threads of the usual one, and would wait for them forever.
pub fn stoppable<R: Send>(
    py: Python<'_>,
    pool: &ThreadPool,
    work: impl FnOnce(&dyn Progress) -> PyResult<R> + Send,
) -> PyResult<R> {
    let stop = Stop(AtomicBool::new(false));
    py.detach(|| {
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let progress = &stop;
            scope.spawn(move || {
                // If nobody waits any more, nobody wants the result either.
                let _ = sender.send(pool.install(|| work(progress)));
            });
            let mut interrupted = None;
            loop {
                match receiver.recv_timeout(ATTENTION) {
                    Ok(result) => return interrupted.map_or(result, Err),
                    Err(RecvTimeoutError::Timeout) => {
                        if let Err(error) = Python::attach(|py| py.check_signals()) {
                            stop.0.store(true, Ordering::Relaxed);
                            interrupted = Some(error);
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
