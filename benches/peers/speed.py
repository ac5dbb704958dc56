#!/usr/bin/env python3
"""Compares training and scoring, KenLM's programs and ours in turn. Run by speed.sh.

Prints four tables. CORPUS and HELD_OUT are read as whitespace tokens, one sentence a line.

training   from text to a model: `lmplz` alone, which ends with an ARPA file; `lmplz` with
           `build_binary`; and `ngram train`. Ratios are to `ngram train` in the same memory.
models     KenLM's tries and our compact files, made from the models of the first table
scoring    held-out text in, perplexity out. Ratios are to the program named next to them
library    nanoseconds per token in the library alone, from word numbers

  wall s       from start to end, in the fastest run of the command
  CPU s        user and system time of all processes of the command together
  peak MB      resident memory of its largest process (MB are 10^6 bytes)
  temp MB      peak size of temporary files, checked every 50 ms
  written MB   bytes written to storage, temporary files and output (Linux only)
  ×            how many times as much as ours, so more than 1 if ours is better

Exits with 1 if a perplexity differs from that of KenLM's probing model by more than 1e-6 of
itself (5e-3 where values are quantised), if we need more memory than we were allowed or than
--bytes-per-token, or if the first command takes less than --faster-than times our wall time; with
2 if a command failed. On texts of less than a few million tokens, perplexities are further apart:
`lmplz` takes one n-gram of each order with its raw count, and quantisation bins have few n-grams.
"""

import argparse
import json
import os
import platform
import re
import shlex
import subprocess
import sys

from measure import Failed, Row, in_turn, measure

# The maximum relative difference of a perplexity from KenLM's.
EXACT = 1e-6
QUANTISED = 5e-3

PROBING = "lmplz into build_binary probing"
TRAIN = "ngram train"


def arguments():
    parser = argparse.ArgumentParser(
        prog="speed.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", metavar="CORPUS")
    parser.add_argument("held_out", metavar="HELD_OUT")
    parser.add_argument("--order", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3, help="of training (default: 3)")
    parser.add_argument("--score-runs", type=int, default=5, help="of scoring (default: 5)")
    parser.add_argument(
        "--memory", type=size, default="4G", help="that lmplz and ngram train may take (default: 4G)"
    )
    parser.add_argument(
        "--bounded", type=size, default="1G", help="a tighter bound, for rows of their own (default: 1G)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="leave out ARPA, tries, KenLM bounded, and the library"
    )
    parser.add_argument("--faster-than", type=float, default=0.0, metavar="RATIO")
    parser.add_argument("--bytes-per-token", type=float, default=float("inf"), metavar="B")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ngram", help=argparse.SUPPRESS)
    parser.add_argument("--kenlm", help=argparse.SUPPRESS)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.runs < 1 or args.score_runs < 1:
        parser.error("expected at least one run")
    for text in (args.corpus, args.held_out):
        if not os.access(text, os.R_OK):
            parser.error(f"cannot read {text}")
    if args.check:
        parser.exit()
    if not all((args.ngram, args.kenlm, args.work)):
        parser.error("run speed.sh, which finds the programs")
    args.corpus = os.path.realpath(args.corpus)
    args.held_out = os.path.realpath(args.held_out)
    args.ngram = os.path.realpath(args.ngram)
    args.kenlm = os.path.realpath(args.kenlm)
    args.work = os.path.realpath(args.work)
    return args


class Bench:
    """One run of the script: its options and results."""

    def __init__(self, args):
        self.args = args
        self.failures = []
        # Reads the text once, so that it is in the cache for every program.
        self.tokens = count_tokens(args.corpus)
        self.ngrams = 0

    def kenlm(self, program):
        return shlex.quote(os.path.join(self.args.kenlm, program))

    def ngram(self, verb):
        return f"{shlex.quote(self.args.ngram)} {verb}"

    def build_binary(self, kind, source, output):
        return Row(
            f"build_binary {kind}",
            f"{self.kenlm('build_binary')} -S {self.args.memory} -T . {kind} {source} {output}",
            output,
        )

    def training(self):
        args = self.args
        corpus = shlex.quote(args.corpus)

        def lmplz(memory):
            return f"{self.kenlm('lmplz')} -o {args.order} -S {memory} -T ./ --text {corpus}"

        def probing(memory, output):
            return f"{lmplz(memory)} | {self.build_binary('probing', '/dev/stdin', output).command}"

        def train(options, output):
            tokenizer = "--quiet --tokenizer whitespace"
            command = f"train {tokenizer} --closed --order {args.order} {options} -o {output} {corpus}"
            return self.ngram(command)

        bounded = f" in {args.bounded}"
        self.bounded = TRAIN + bounded
        rows = [Row(PROBING, probing(args.memory, "kenlm.probing"), "kenlm.probing")]
        if not args.quick:
            arpa = f"{lmplz(args.memory)} --arpa kenlm.arpa"
            rows.insert(0, Row("lmplz, an ARPA file", arpa, "kenlm.arpa"))
            command = probing(args.bounded, "bounded.probing")
            rows.append(Row(PROBING + bounded, command, "bounded.probing"))
        same = f"--memory {args.memory}"
        rows += [
            Row(TRAIN, train(same, "suffix.ngram"), "suffix.ngram"),
            Row(f"{TRAIN} --threads 1", train(f"{same} --threads 1", "one.ngram"), "one.ngram"),
            Row(self.bounded, train(f"--memory {args.bounded}", "bounded.ngram"), "bounded.ngram"),
        ]
        taken = in_turn(rows, args.runs, args.work)
        for row in rows:
            if row.output.startswith(("bounded.", "one.")):
                os.remove(os.path.join(args.work, row.output))
        self.ngrams = count_ngrams(args, "suffix.ngram")
        best = {row.name: least(runs) for row, runs in zip(rows, taken)}
        ours = best[TRAIN]
        title = f"order {args.order} model of {self.tokens:,} tokens, {self.ngrams:,} n-grams"
        print(f"\n## training: {title}; -S and --memory {args.memory}; best of {args.runs}\n")
        heads = ["wall s", "CPU s", "CPU ns/token", "peak MB", "temp MB", "written MB", "file MB"]
        heads += ["bytes/n-gram", "× wall", "× CPU", "× peak"]
        cells = []
        for name, run in best.items():
            row = [name, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.cpu * 1e9 / self.tokens:.0f}"]
            row += [mb(run.peak), mb(run.temporary), mb(run.written)]
            row += [mb(run.size), f"{run.size / self.ngrams:.2f}", f"{run.wall / ours.wall:.2f}"]
            cells.append(row + [f"{run.cpu / ours.cpu:.2f}", f"{run.peak / ours.peak:.2f}"])
        table(["", *heads], cells)
        for row, runs in zip(rows, taken):
            print(f"wall s of every run, {row.name}: " + " ".join(f"{r.wall:.2f}" for r in runs))
        # The worst of the runs: a memory limit has to hold in each.
        peaks = {row.name: max(run.peak for run in runs) for row, runs in zip(rows, taken)}
        self.check_training(best, peaks)

    def check_training(self, best, peaks):
        first, ours = next(iter(best.values())), best[TRAIN]
        ratio = first.wall / ours.wall
        if ratio < self.args.faster_than:
            self.fail(f"KenLM took {ratio:.2f} times our time, not {self.args.faster_than:g}")
        if peaks[TRAIN] > self.args.bytes_per_token * self.tokens:
            self.fail(f"{peaks[TRAIN] / self.tokens:.0f} bytes of memory a token at our peak")
        for name, bound in ((TRAIN, self.args.memory), (self.bounded, self.args.bounded)):
            if peaks[name] > in_bytes(bound):
                self.fail(f"{name}: {mb(peaks[name])} MB at the peak, and {bound} were allowed")

    def models(self):
        convert = "convert --quiet suffix.ngram --layout compact"
        rows = [
            Row(f"ngram {convert}", self.ngram(f"{convert} -o compact.ngram"), "compact.ngram"),
            Row(
                f"ngram {convert} --quantize 8",
                self.ngram(f"{convert} --quantize 8 -o compact8.ngram"),
                "compact8.ngram",
            ),
        ]
        if not self.args.quick:
            tries = [
                self.build_binary("trie", "kenlm.arpa", "kenlm.trie"),
                self.build_binary("-q 8 -b 8 trie", "kenlm.arpa", "kenlm.trie8"),
            ]
            rows = tries + rows
        print("\n## models: made from the ARPA file, or from our default file; one run\n")
        cells = []
        for row in rows:
            run = measure(row, self.args.work)
            name = row.name.replace("--quiet ", "")
            cells.append([name, f"{run.wall:.2f}", f"{run.cpu:.2f}", mb(run.peak), mb(run.size)])
            cells[-1].append(f"{run.size / self.ngrams:.2f}")
        table(["", "wall s", "CPU s", "peak MB", "file MB", "bytes/n-gram"], cells)
        if not self.args.quick:
            os.remove(os.path.join(self.args.work, "kenlm.arpa"))

    def scoring(self):
        held = shlex.quote(self.args.held_out)

        def query(name, model):
            return Row(name, f"{self.kenlm('query')} -v summary {model} < {held}")

        def evaluate(name, model, options=""):
            command = f"eval --quiet {held} -m {model} --format kenlm {options}"
            return Row(f"{name}{options and ' ' + options}", self.ngram(command))

        probing = query("query, probing", "kenlm.probing")
        trie = query("query, trie", "kenlm.trie")
        trie8 = query("query, trie -q 8 -b 8", "kenlm.trie8")
        one = "--threads 1"
        # Each of our models with KenLM's of the same kind, and the allowed difference in perplexity.
        rows = [
            (probing, None, EXACT),
            (trie, None, EXACT),
            (trie8, None, QUANTISED),
            (evaluate("ngram eval, suffix", "suffix.ngram"), probing, EXACT),
            (evaluate("ngram eval, suffix", "suffix.ngram", one), probing, EXACT),
            (evaluate("ngram eval, compact", "compact.ngram"), trie, EXACT),
            (evaluate("ngram eval, compact", "compact.ngram", one), trie, EXACT),
            (evaluate("ngram eval, compact in 8 bits", "compact8.ngram"), trie8, QUANTISED),
            (evaluate("ngram eval, compact in 8 bits", "compact8.ngram", one), trie8, QUANTISED),
        ]
        if self.args.quick:
            rows = [row for row in rows if row[0] not in (trie, trie8)]
        taken = in_turn([row for row, _, _ in rows], self.args.score_runs, self.args.work)
        best = {row.name: least(runs) for (row, _, _), runs in zip(rows, taken)}
        reference = figures(best[probing.name].said)
        scored = reference["tokens"]
        print(
            f"\n## scoring: {scored:,.0f} held-out tokens, </s> included; "
            f"best of {self.args.score_runs}\n"
        )
        heads = ["wall s", "CPU s", "M tokens/CPU s", "peak MB", "perplexity", "without OOVs"]
        heads += ["off by", "× wall", "× CPU", "beside"]
        cells = []
        for row, beside, bound in rows:
            run, found = best[row.name], figures(best[row.name].said)
            off = self.distance(row.name, found, reference, bound)
            cell = [row.name, f"{run.wall:.3f}", f"{run.cpu:.3f}"]
            cell += [f"{scored / run.cpu / 1e6:.2f}", mb(run.peak)]
            cell += [f"{found['including']:.6f}", f"{found['excluding']:.6f}", f"{off:.1e}"]
            peer = beside and best.get(beside.name)
            if peer:
                cell += [f"{peer.wall / run.wall:.2f}", f"{peer.cpu / run.cpu:.2f}", beside.name]
            cells.append(cell + ["-"] * (len(heads) + 1 - len(cell)))
        table(["", *heads], cells)

    def distance(self, name, found, reference, bound):
        """Returns the largest relative difference of a perplexity from that of KenLM's probing model."""
        kinds = ("including", "excluding")
        off = max(abs(found[kind] / reference[kind] - 1) for kind in kinds)
        # Written so that NaN counts as different.
        if not off <= bound:
            self.fail(f"{name}: a perplexity is {off:.1e} of itself off, more than {bound:g}")
        for kind in ("oovs", "tokens"):
            if found[kind] != reference[kind]:
                self.fail(f"{name}: {found[kind]:.0f} {kind}, and KenLM {reference[kind]:.0f}")
        return off

    def library(self):
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        print("\n## library: the words' numbers given, one thread\n", flush=True)
        for model in ("suffix.ngram", "compact.ngram", "compact8.ngram"):
            command = ["cargo", "bench", "--quiet", "--bench", "score", "--"]
            command += [os.path.join(self.args.work, model), self.args.held_out]
            if subprocess.run(command, cwd=root, check=False).returncode != 0:
                raise Failed(f"failed: {shlex.join(command)}")

    def fail(self, why):
        self.failures.append(why)


def size(text):
    """Checks that both KenLM and we understand a size, and returns it unchanged."""
    if not re.fullmatch(r"[1-9][0-9]*[KMG]", text):
        raise argparse.ArgumentTypeError(f"{text} is no size such as 500M or 4G")
    return text


def in_bytes(text):
    return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1]]


def least(runs):
    return min(runs, key=lambda run: run.wall)


def mb(size):
    return "-" if size is None else f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"


def table(heads, rows):
    """Prints a Markdown table that is readable as plain text."""
    widths = [max(len(cell) for cell in column) for column in zip(heads, *rows)]

    def line(cells):
        first, *rest = [
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths))
        ]
        print("| " + " | ".join([first, *rest]) + " |")

    line(heads)
    print("|" + "|".join("-" * (w + 2 - (i > 0)) + ":" * (i > 0) for i, w in enumerate(widths)) + "|")
    for row in rows:
        line(row)
    sys.stdout.flush()


def figures(said):
    """Returns the numbers in the last lines of KenLM's query."""
    patterns = {
        "including": r"^Perplexity including OOVs:\s+(\S+)",
        "excluding": r"^Perplexity excluding OOVs:\s+(\S+)",
        "oovs": r"^OOVs:\s+(\d+)",
        "tokens": r"^Tokens:\s+(\d+)",
    }
    found = {name: re.search(pattern, said, re.MULTILINE) for name, pattern in patterns.items()}
    return {name: float(match[1]) if match else float("nan") for name, match in found.items()}


def count_tokens(path):
    """Returns the number of words separated by ASCII white space, as KenLM splits text."""
    command = ["wc", "-w", path]
    said = subprocess.run(
        command, env={**os.environ, "LC_ALL": "C"}, check=True, capture_output=True, text=True
    )
    return int(said.stdout.split()[0])


def count_ngrams(args, model):
    command = [args.ngram, "info", "--json", os.path.join(args.work, model)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sum(order["ngrams"] for order in json.loads(said)["model"]["orders"])


def machine():
    """Returns processor, cores and memory, as far as the system reports them."""
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            named = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
        processor = named[0] if named else processor
    except OSError:
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB; load at the start {load:.1f}"


def main():
    args = arguments()
    shown = sys.argv[1:]
    for option in ("--ngram", "--kenlm", "--work"):
        at = shown.index(option)
        del shown[at : at + 2]
    print(f"`benches/peers/speed.sh {shlex.join(shown)}`\non {machine()}")
    bench = Bench(args)
    try:
        bench.training()
        bench.models()
        bench.scoring()
        if not args.quick:
            bench.library()
    except (Failed, subprocess.CalledProcessError) as failure:
        print(f"speed.sh: {failure}", file=sys.stderr)
        return 2
    for why in bench.failures:
        print(f"FAILED: {why}")
    return int(bool(bench.failures))


if __name__ == "__main__":
    sys.exit(main())
