//! Fetches a package with `npm pack`, so that the user's own npm settings (mirror, proxy, login)
//! apply.

use super::checksum::sha256;
use super::manifest::Npm;
use crate::machine;
use anyhow::{Context, bail};
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// On Windows npm is a batch file, which is found only by its full name.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Why a package is not available now. This is not a fault of the package, and going online may
/// help.
#[derive(Clone, Debug)]
pub enum Unavailable {
    NotInstalled,
    Failed { spec: String, reason: String },
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(
                f,
                "npm is not installed, or not on the PATH: install Node.js, which brings it, and \
                 try again"
            ),
            Self::Failed { spec, reason } => write!(
                f,
                "`npm pack {spec}` failed: {reason}; check the network (`npm ping`) and try again"
            ),
        }
    }
}

impl std::error::Error for Unavailable {}

/// Returns the package's tarball, with its checksum verified. An [`Unavailable`] is among the errors.
pub fn pack(npm: &Npm) -> anyhow::Result<Vec<u8>> {
    let spec = npm.spec();
    let folder = machine::temporary_folder()?;
    // npm's default delay between retries would keep an offline user waiting for over a minute.
    let output = Command::new(NPM)
        .args(["pack", &spec, "--fetch-retries=1", "--fetch-retry-mintimeout=1000"])
        .args(["--ignore-scripts", "--loglevel=error"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(Unavailable::NotInstalled),
        Err(error) => return Err(error).context("npm cannot be run"),
    };
    if !output.status.success() {
        let reason = reason(&String::from_utf8_lossy(&output.stderr));
        bail!(Unavailable::Failed { spec, reason });
    }
    let mut tarballs = Vec::new();
    for entry in folder.path().read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tgz") {
            tarballs.push(path);
        }
    }
    let bytes = read_only_one(&tarballs, &spec)?;
    let sum = sha256(&bytes);
    if sum != npm.sha256 {
        bail!(
            "{spec}: this is not the package that was asked for: its sha256 is {sum}, it should be \
             {}; `npm cache clean --force` and try again, and if it stays wrong, look at the \
             mirror that `npm config get registry` names",
            npm.sha256
        );
    }
    Ok(bytes)
}

fn read_only_one(tarballs: &[PathBuf], spec: &str) -> anyhow::Result<Vec<u8>> {
    match tarballs {
        [tarball] => Ok(std::fs::read(tarball)?),
        _ => bail!(
            "`npm pack {spec}` left {} packages where one was expected; update npm and try again",
            tarballs.len()
        ),
    }
}

/// Condenses npm's complaint to one line: its code and its first sentence.
fn reason(stderr: &str) -> String {
    let mut code = None;
    let mut message = None;
    for line in stderr.lines() {
        let line = line.trim();
        let Some(line) = line.strip_prefix("npm error ").or(line.strip_prefix("npm ERR! ")) else {
            continue;
        };
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("code ") {
            code = Some(rest);
        } else if message.is_none()
            && !line.is_empty()
            && !line.starts_with("syscall ")
            && !line.starts_with("errno ")
        {
            message = Some(line.trim_end_matches('.'));
        }
    }
    match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => "npm did not say why".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npms_complaint_is_cut_to_a_line() {
        let now = "npm warn Unknown user config \"x\".\n\
                   npm error code ECONNREFUSED\n\
                   npm error syscall connect\n\
                   npm error errno ECONNREFUSED\n\
                   npm error FetchError: request failed, reason: connect ECONNREFUSED.\n\
                   npm error     at ClientRequest.<anonymous> (index.js:130:14)\n\
                   npm error A complete log of this run can be found in: debug.log\n";
        let expected = "ECONNREFUSED: FetchError: request failed, reason: connect ECONNREFUSED";
        assert_eq!(reason(now), expected);
        assert_eq!(reason(&now.replace("npm error", "npm ERR!")), expected);
        assert_eq!(reason("npm error code E404"), "E404");
        assert_eq!(reason("Segmentation fault"), "npm did not say why");
    }
}
