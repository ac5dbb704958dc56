#!/usr/bin/env python3
"""Measures commands side by side, taking turns, and prints one table.

    measure.py [--runs N] [--faster-than RATIO] [--peak-at-most MB] NAME=OUTPUT=COMMAND…

The last command is ours. Each COMMAND runs in bash, N times, the commands taking turns so that a
busy minute hits them all; OUTPUT (may be empty) is the file it makes, which is removed before
each run. A row shows the run with the least wall time, and how many times as much as ours it took:

  wall s      from start to end
  CPU s       user and system time, all processes of the command together
  peak MB     resident memory of its largest process (10^6 bytes)
  written MB  bytes that went to storage, where the system tells (Linux)
  file MB     size of OUTPUT

Exits with 1 if the first command took less than RATIO times our wall time, or ours more memory
than MB; with 2 if a command failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Run:
    """What one run of a command took; None where the system does not tell."""

    wall: float
    cpu: float
    peak: float
    written: float | None
    size: float | None


def written_bytes(pid):
    """Bytes that a process and the children it waited for sent to storage."""
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as lines:
            return int(dict(line.split(": ") for line in lines)["write_bytes"])
    except (OSError, KeyError, ValueError):
        return None


def measure(command, output):
    """Runs the command; None if it fails."""
    if output and os.path.exists(output):
        os.remove(output)
    # Left dirty, one command's pages would be written back in the next one's time.
    os.sync()
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        process = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", command], stdout=said, stderr=said
        )
        # Leaves its entry in /proc, which is gone after the second wait.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - started
        written = written_bytes(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            print(f"measure.py: exit code {process.returncode}: {command}", file=sys.stderr)
            return None
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    size = os.path.getsize(output) if output else None
    return Run(wall, usage.ru_utime + usage.ru_stime, peak, written, size)


def megabytes(size):
    return "-" if size is None else f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"


def print_table(names, best):
    """One row a command, the last one being the measure of the others."""
    ours = best[-1]
    width = max(map(len, names))
    heads = ("wall s", "CPU s", "peak MB", "written MB", "file MB", "x wall", "x CPU", "x peak")
    print(" ".join([f"{'':{width}}"] + [f"{head:>10}" for head in heads]))
    for name, run in zip(names, best):
        cells = [f"{run.wall:.2f}", f"{run.cpu:.2f}"]
        cells += [megabytes(size) for size in (run.peak, run.written, run.size)]
        cells += [f"{run.wall / ours.wall:.2f}", f"{run.cpu / max(ours.cpu, 1e-3):.2f}"]
        cells += [f"{run.peak / ours.peak:.2f}"]
        print(" ".join([f"{name:{width}}"] + [f"{cell:>10}" for cell in cells]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--faster-than", type=float, metavar="RATIO", default=0.0)
    parser.add_argument("--peak-at-most", type=float, metavar="MB", default=float("inf"))
    parser.add_argument("commands", nargs="+", metavar="NAME=OUTPUT=COMMAND")
    args = parser.parse_args()
    commands = [command.split("=", 2) for command in args.commands]
    if any(len(command) != 3 for command in commands) or args.runs < 1:
        parser.error("expected NAME=OUTPUT=COMMAND, and at least one run")

    runs = [[] for _ in commands]
    for _ in range(args.runs):
        for (_, output, command), taken in zip(commands, runs):
            run = measure(command, output)
            if run is None:
                return 2
            taken.append(run)

    best = [min(taken, key=lambda run: run.wall) for taken in runs]
    names = [name for name, _, _ in commands]
    print_table(names, best)
    for name, taken in zip(names, runs):
        print(f"  wall s of every run, {name}: " + " ".join(f"{run.wall:.2f}" for run in taken))

    failed = False
    ratio = best[0].wall / best[-1].wall
    if ratio < args.faster_than:
        failed = True
        print(f"TOO SLOW: {names[0]} took {ratio:.2f} times our wall time, not {args.faster_than:g}")
    # The worst of our runs: a bound on memory has to hold in each.
    peak = max(run.peak for run in runs[-1]) / 1e6
    if peak > args.peak_at_most:
        failed = True
        print(f"TOO MUCH MEMORY: {peak:,.0f} MB at the peak, more than {args.peak_at_most:,.0f} MB")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
