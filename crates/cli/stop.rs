//! Handles Ctrl-C and `kill`: work ends early, and temporary files are removed.

use crate::tell::tell;
use ngram_store::{Cancelled, Progress, abandon};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The signal received, or 0.
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// How often the signal is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// How often a process that cannot go on looks whether it was ended.
#[cfg(unix)]
const TRIES: u32 = 40;

/// How long work may take to end by itself after a signal.
const GRACE: Duration = Duration::from_millis(500);

/// Bytes of stack of the thread that waits for a signal.
const STACK: usize = 64 << 10;

/// Makes the first SIGINT or SIGTERM a request to stop in good order, and the second one end the
/// process at once. Work that does not end by itself soon is ended: not every loop can ask, nor can a system call.
pub fn listen(name: &'static str) -> io::Result<()> {
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order matters: the first signal must find the flag unset.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
        flag::register_usize(signal, Arc::clone(&SIGNAL), signal as usize)?;
        flag::register(signal, Arc::clone(&again))?;
    }
    let end = move || {
        while !requested() {
            end_if_fault();
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(GRACE);
        abandon();
        say(name);
        // Without waiting for other threads, or for what they hold.
        signal_hook::low_level::exit(exit_code().map_or(1, i32::from));
    };
    std::thread::Builder::new().name("stop".to_owned()).stack_size(STACK).spawn(end).map(drop)
}

/// Says that the program stopped on request.
pub fn say(name: &str) {
    tell!("{name}: stopped before the end; nothing was written");
}

/// Makes a file that grows beyond a limit (`ulimit -f`) an error like a full disk, instead of the
/// end of the process.
pub fn survive_limits() -> io::Result<()> {
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
    Ok(())
}

/// Faults that end the process, with what is said then.
#[cfg(unix)]
const FAULTS: [(i32, &[u8]); 2] = [
    (
        signal_hook::consts::SIGBUS,
        b"ngram: a model file was cut short by another program while it was read, or its disk failed: run again when it \
            is whole, and let a new model take the place of an old one by renaming it\n",
    ),
    (
        signal_hook::consts::SIGABRT,
        b"ngram: ended in the middle of the work, most likely as the system gave no more memory; nothing was written: \
            --memory makes training and counting take less\n",
    ),
];

/// The number of the fault in [`FAULTS`], from 1, or 0.
#[cfg(unix)]
static FAULT: AtomicUsize = AtomicUsize::new(0);

/// Ends this process with a message and exit code 1, and removes its temporary files, if another program truncates a
/// mapped file (SIGBUS), or if memory cannot be allocated and the process aborts (SIGABRT).
pub fn explain_faults() -> io::Result<()> {
    #[cfg(unix)]
    for (number, (signal, _)) in (1..).zip(FAULTS) {
        use std::os::fd::AsFd;
        let stderr = std::fs::File::from(io::stderr().as_fd().try_clone_to_owned()?);
        let wait = move || {
            FAULT.store(number, Ordering::Relaxed);
            // The thread that waits for signals cleans up and ends the process, unless this one holds what it needs.
            (0..TRIES).for_each(|_| std::thread::sleep(LOOK));
            leave(number, &stderr);
        };
        #[allow(unsafe_code, reason = "a handler for a fault has no safe interface")]
        // SAFETY: only async-signal-safe calls are allowed while handling a fault. An atomic number is set; sleeping is
        // `nanosleep`, writing to an unbuffered file is `write`, and leaving this way is `_exit`. Nothing is allocated,
        // locked or unwound.
        unsafe {
            signal_hook::low_level::register(signal, wait)?;
        }
    }
    Ok(())
}

/// Says what happened, and ends the process.
#[cfg(unix)]
fn leave(fault: usize, mut stderr: impl io::Write) {
    let _ = stderr.write_all(FAULTS[fault - 1].1);
    signal_hook::low_level::exit(1);
}

/// Cleans up and ends the process if there was a fault.
fn end_if_fault() {
    #[cfg(unix)]
    if let fault @ 1.. = FAULT.load(Ordering::Relaxed) {
        abandon();
        leave(fault, io::stderr());
    }
}

/// Whether a stop was requested.
pub fn requested() -> bool {
    SIGNAL.load(Ordering::Relaxed) != 0
}

/// The exit code of a process that stopped on request.
pub fn exit_code() -> Option<u8> {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => None,
        signal => u8::try_from(128 + signal).ok(),
    }
}

/// Fails once a stop is requested.
pub fn check() -> io::Result<()> {
    if requested() { Err(io::Error::other(Cancelled)) } else { Ok(()) }
}

/// Shows no progress, but stops work when the user asks for it.
pub struct Stoppable;

impl Progress for Stoppable {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}

    fn advance(&self, _units: u64) {}

    fn end(&self) {}

    fn cancelled(&self) -> bool {
        requested()
    }
}

/// A reader that notices a stop while it waits for input, such as typing on a terminal.
pub struct Interruptible {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Interruptible {
    /// Reads all of `reader`, on a thread of its own.
    pub fn new(mut reader: impl Read + Send + 'static) -> Interruptible {
        let (sender, chunks) = sync_channel(2);
        std::thread::spawn(move || {
            loop {
                let mut chunk = vec![0; 1 << 18];
                let read = reader.read(&mut chunk);
                let is_last = matches!(read, Ok(0));
                let is_failure =
                    read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
                let sent = match read {
                    Err(_) if !is_failure => continue,
                    read => sender.send(read.map(|length| {
                        chunk.truncate(length);
                        chunk
                    })),
                };
                // The receiver is gone, or there is nothing more to read.
                if sent.is_err() || is_last || is_failure {
                    return;
                }
            }
        });
        Interruptible { chunks, chunk: Vec::new(), at: 0 }
    }
}

impl Read for Interruptible {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            check()?;
            match self.chunks.recv_timeout(Duration::from_millis(100)) {
                Ok(chunk) => (self.chunk, self.at) = (chunk?, 0),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
            if self.chunk.is_empty() {
                return Ok(0);
            }
        }
        let length = buffer.len().min(self.chunk.len() - self.at);
        buffer[..length].copy_from_slice(&self.chunk[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_read_and_errors_come_through() {
        let text: Vec<u8> = (0..1_000_000u32).map(|at| (at % 251) as u8).collect();
        let mut read = Vec::new();
        Interruptible::new(io::Cursor::new(text.clone())).read_to_end(&mut read).unwrap();
        assert!(read == text);

        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        let mut reader = Interruptible::new(io::Cursor::new(b"abc").chain(Fails));
        let mut read = Vec::new();
        let error = reader.read_to_end(&mut read).unwrap_err();
        assert_eq!((read.as_slice(), error.kind()), (&b"abc"[..], io::ErrorKind::TimedOut));
    }
}
