//! What the program asks of the machine: threads, memory, and temporary folders.

use crate::stop::Stoppable;
use anyhow::{Context, bail};
use ngram_store::{Resources, TemporaryFolder, folder_of};
use ngram_train::TemporaryModels;
use std::path::Path;
use std::time::Instant;

/// Starts a pool of `threads` threads, or of one per core.
pub fn pool(threads: Option<usize>) -> anyhow::Result<rayon::ThreadPool> {
    if threads == Some(0) {
        bail!("0 threads can do no work: give --threads a number from 1");
    }
    // 0 means one thread per core to the pool.
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0));
    builder.build().context("cannot start threads")
}

/// Creates a folder for temporary files, removed with all its contents when dropped: in `TMPDIR`,
/// else where the system keeps such files.
pub fn temporary_folder() -> anyhow::Result<TemporaryFolder> {
    let folder = std::env::temp_dir();
    temporary_folder_in(&folder).with_context(|| {
        format!(
            "no temporary folder can be made in {}: set TMPDIR to a folder that can be written to",
            folder.display()
        )
    })
}

/// Creates such a folder in `folder`.
pub fn temporary_folder_in(folder: &Path) -> anyhow::Result<TemporaryFolder> {
    let made = ngram_store::temporary_folder(folder).map_err(|error| error.source);
    made.with_context(|| format!("cannot write in {}", folder.display()))
}

/// Creates such a folder for models that are used and thrown away.
pub fn temporary_models() -> anyhow::Result<TemporaryModels> {
    Ok(TemporaryModels::new(temporary_folder()?, Stoppable))
}

/// Returns the memory and the temporary folder for work that writes to `output`.
pub fn resources(memory: Option<u64>, temp_dir: Option<&Path>, output: &Path) -> Resources {
    let memory = memory.or_else(|| Some(free_memory()? / 4 * 3));
    Resources {
        memory: memory.unwrap_or(u64::MAX),
        temp_dir: temp_dir.unwrap_or(folder_of(output)).to_owned(),
        shares: None,
    }
}

/// Returns the line that KenLM's programs end with, on standard error: memory in kB, times in seconds.
pub fn usage(name: &str, begun: Instant) -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let field = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        Some(line.trim().to_owned())
    };
    let [peak, now, most] = [field("VmPeak:")?, field("VmRSS:")?, field("VmHWM:")?];
    // After the name in brackets come the fields from the third on; the 14th and 15th are times in hundredths of a
    // second.
    let times = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, times) = times.rsplit_once(')')?;
    let mut times = times.split_whitespace().skip(11).map(|time| time.parse::<f64>().ok());
    let [user, system] = [times.next()??, times.next()??].map(|time| time / 100.0);
    let (cpu, real) = (user + system, begun.elapsed().as_secs_f64());
    Some(format!(
        "Name:{name}\tVmPeak:{peak}\tVmRSS:{now}\tRSSMax:{most}\tuser:{user}\tsys:{system}\tCPU:{cpu}\treal:{real}"
    ))
}

/// The machine's memory in bytes, if known.
pub fn total_memory() -> Option<u64> {
    let memory = std::fs::read_to_string("/proc/meminfo").ok()?;
    kilobytes(&memory, "MemTotal:")
}

/// The most memory that this process has held at once, in bytes, if known.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kilobytes(&status, "VmHWM:")
}

/// The bytes of memory this process could take: the less of what the machine has available and what
/// a control group (a container's limit) leaves. `None` if neither is known.
pub fn free_memory() -> Option<u64> {
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    [available(&read), left_by_groups(&read)].into_iter().flatten().min()
}

fn available(read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    kilobytes(&read(Path::new("/proc/meminfo"))?, "MemAvailable:")
}

/// Reads the line `name number kB`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The least memory that any control group around this process leaves, for version 1 or 2.
fn left_by_groups(read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    let groups = read(Path::new("/proc/self/cgroup"))?;
    let mut least = None;
    for line in groups.lines() {
        // hierarchy:controllers:path
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (root, limit, usage) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
            }
            _ => continue,
        };
        for group in Path::new(path.trim_start_matches('/')).ancestors() {
            let group = Path::new(root).join(group);
            let number = |name| read(&group.join(name))?.trim().parse::<u64>().ok();
            let Some(limit) = number(limit) else { continue };
            // File pages cached only because there is room count as usage too.
            let cached = read(&group.join("memory.stat")).and_then(|text| {
                let line = text.lines().find_map(|line| line.strip_prefix("inactive_file "))?;
                line.trim().parse::<u64>().ok()
            });
            let used = number(usage).unwrap_or(0).saturating_sub(cached.unwrap_or(0));
            let left = limit.saturating_sub(used);
            least = Some(least.map_or(left, |least: u64| least.min(left)));
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn left(files: &[(&str, &str)]) -> Option<u64> {
        let files: HashMap<&Path, &str> =
            files.iter().map(|(path, text)| (Path::new(*path), *text)).collect();
        left_by_groups(&|path| files.get(path).map(|text| (*text).to_owned()))
    }

    #[test]
    fn the_narrowest_group_counts() {
        let two = [
            ("/proc/self/cgroup", "0::/pod/box\n"),
            ("/sys/fs/cgroup/pod/box/memory.max", "max\n"),
            ("/sys/fs/cgroup/pod/memory.max", "5000\n"),
            ("/sys/fs/cgroup/pod/memory.current", "1500\n"),
            ("/sys/fs/cgroup/pod/memory.stat", "anon 3\ninactive_file 500\n"),
            ("/sys/fs/cgroup/memory.max", "9000\n"),
        ];
        assert_eq!(left(&two), Some(4000));
        let one = [
            ("/proc/self/cgroup", "5:cpu:/x\n4:hugetlb,memory:/a\n"),
            ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "800\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(left(&one), Some(800));
        assert_eq!(left(&[("/proc/self/cgroup", "0::/\n")]), None);
        assert_eq!(left(&[]), None);
    }

    #[test]
    fn the_machine_tells_what_is_available() {
        let text = "MemTotal:  100 kB\nMemAvailable:   30 kB\n";
        assert_eq!(available(&|_| Some(text.to_owned())), Some(30 * 1024));
    }
}
