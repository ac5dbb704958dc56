//! Files that appear whole or not at all.

use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// A temporary file `.NAME.….partial` in the folder of `path`, NAME being that of `path`, with the
/// permissions of any file a program makes. It goes when dropped, unless it is given its name.
///
/// # Errors
///
/// If the folder is missing or cannot be written to.
pub fn partial(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let prefix = format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The process's mask takes its part away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
