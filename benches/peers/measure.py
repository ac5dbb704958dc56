"""Measures commands that take turns on one machine: time, memory and what they write."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

# How often to check a running command's temporary files, in seconds.
INTERVAL = 0.05


class Failed(Exception):
    """A command failed: its messages, and which command it was."""


@dataclass
class Row:
    """A bash command, its name in the tables, and the file it makes, if any."""

    name: str
    command: str
    output: str | None = None


@dataclass
class Run:
    """The cost of one run of a command, in bytes and seconds. None if the system does not report it."""

    wall: float
    # User and system time of all its processes together.
    cpu: float
    # Resident memory of its largest process.
    peak: int
    # Bytes written to storage, including files that were removed again.
    written: int | None
    # The peak size of temporary files.
    temporary: int
    # The file it made.
    size: int | None
    # Its standard output.
    said: str


def in_turn(rows, runs, folder):
    """Runs every command `runs` times, in turns, so that a busy minute affects all of them.

    Returns a list of runs for each row."""
    taken = [[] for _ in rows]
    for _ in range(runs):
        for row, of_row in zip(rows, taken):
            of_row.append(measure(row, folder))
    return taken


def measure(row, folder):
    """Runs the command in `folder`, where it writes its temporary files too."""
    if row.output and os.path.exists(path := os.path.join(folder, row.output)):
        os.remove(path)
    # Otherwise, dirty pages of one command would be written back during the next.
    os.sync()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        watch = Watch(folder, row.output)
        started = time.monotonic()
        process = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", row.command], cwd=folder, stdout=said, stderr=errors
        )
        watch.begin(process.pid)
        # Keeps the entry in /proc, which is gone after the second wait.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - started
        temporary = watch.end()
        written = written_bytes(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
        if process.returncode != 0:
            errors.seek(0)
            complaint = errors.read().decode(errors="replace")
            raise Failed(f"{text}{complaint}exit code {process.returncode}: {row.command}")
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    size = os.path.getsize(os.path.join(folder, row.output)) if row.output else None
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, cpu, peak, written, temporary, size, text)


def written_bytes(pid):
    """Returns the bytes that a process, and the children it waited for, wrote to storage."""
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as lines:
            return int(dict(line.split(": ") for line in lines)["write_bytes"])
    except (OSError, KeyError, ValueError):
        return None


class Watch(threading.Thread):
    """Watches the temporary files of a process and its descendants while they run.

    A temporary file is one that the command makes in the folder and that is not its output,
    finished or not; or an open file that no longer has a name."""

    def __init__(self, folder, output):
        super().__init__(daemon=True)
        self.folder = folder
        self.before = set(os.listdir(folder))
        self.output = output or "\0"
        self.over = threading.Event()
        self.most = 0

    def begin(self, pid):
        self.pid = pid
        self.start()

    def end(self):
        self.over.set()
        self.join()
        return self.most

    def run(self):
        while not self.over.wait(INTERVAL):
            self.most = max(self.most, self.named() + self.unnamed())

    def named(self):
        size = 0
        for name in set(os.listdir(self.folder)) - self.before:
            # Our output is first written under its name with a dot before and ".partial" behind it.
            if not name.removeprefix(".").startswith(self.output):
                size += allocated(os.path.join(self.folder, name))
        return size

    def unnamed(self):
        files = {}
        for pid in descendants(self.pid):
            folder = f"/proc/{pid}/fd"
            try:
                for name in os.listdir(folder):
                    path = os.path.join(folder, name)
                    target = os.readlink(path)
                    # bash's own output goes to files that existed before it started.
                    if target.startswith(self.folder) and target.endswith(" (deleted)"):
                        status = os.stat(path)
                        files[status.st_dev, status.st_ino] = status.st_blocks * 512
            except OSError:
                pass
        return sum(files.values())


def allocated(path):
    try:
        return os.stat(path).st_blocks * 512
    except OSError:
        return 0


def descendants(pid):
    """Returns the ids of a process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            for thread in os.listdir(f"/proc/{parent}/task"):
                path = f"/proc/{parent}/task/{thread}/children"
                with open(path, encoding="ascii") as children:
                    found.extend(int(child) for child in children.read().split())
        except OSError:
            pass
    return found
