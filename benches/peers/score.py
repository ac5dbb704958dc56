#!/usr/bin/env python3
"""Compares `ngram score` with the same job by PyPI's kenlm on as many processes.

    score.py MODEL.ngram MODEL.kenlm DOCUMENTS.jsonl [--ngram PROGRAM] [--processes 2] [--runs 1] [--perplexity-only]

MODEL.ngram has whitespace tokens and a closed vocabulary, and MODEL.kenlm is made from it: `ngram export MODEL.ngram
MODEL.kenlm --format kenlm-probing`. The job: read JSON Lines, score each line of the field text, and write each record
with bits per byte and per character, perplexity, OOV rate and tokens of its document; with --perplexity-only, kenlm's
side computes only the perplexity. It is as fast as a short script can be: a pool of processes takes some hundred records
at a time, and reads JSON with orjson if that is installed.

Prints wall and CPU seconds, MB of input per second, memory, and ratios; on a busy machine, the ratio of CPU times says
more. Fails if a figure differs by more than 1e-4 of itself, as kenlm adds up a line in 32 bits.
"""

import argparse
import json
import math
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice

import kenlm

try:
    import orjson

    def loads(line):
        return orjson.loads(line)

    def dumps(record):
        return orjson.dumps(record) + b"\n"

except ImportError:

    def loads(line):
        return json.loads(line)

    def dumps(record):
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"


LOG2_10 = math.log2(10)

model = None
perplexity_only = False


def figures(text):
    """Returns what `ngram score` writes for a document with a closed vocabulary."""
    score = model.score
    lines = text.split("\n")
    total = math.fsum(score(line) for line in lines)
    words = text.split()
    tokens = len(words) + len(lines)
    found = {"perplexity": 10 ** (-total / tokens)}
    if not perplexity_only:
        bits = -total * LOG2_10
        # Includes a line end that the last line lacks.
        found["bits_per_byte"] = bits / (len(text.encode()) + 1)
        found["bits_per_character"] = bits / (len(text) + 1)
        found["oov_rate"] = sum(word not in model for word in words) / len(words) if words else 0.0
        found["tokens"] = tokens
    return found


def work(lines):
    written = []
    for line in lines:
        record = loads(line)
        record["kenlm"] = figures(record["text"])
        written.append(dumps(record))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return b"".join(written), memory


def start(path, only):
    global model, perplexity_only
    model = kenlm.Model(path)
    perplexity_only = only


def batches(file):
    while batch := list(islice(file, 200)):
        yield batch


def spent(who):
    """Returns seconds of CPU time."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def peer(path, documents, output, processes, only):
    """Returns wall seconds, CPU seconds, and the peak memory of a process in bytes."""
    begun = time.perf_counter()
    before = spent(resource.RUSAGE_SELF) + spent(resource.RUSAGE_CHILDREN)
    with (
        multiprocessing.Pool(processes, start, (path, only)) as pool,
        open(documents, "rb") as read,
        open(output, "wb") as write,
    ):
        most = 0
        for written, memory in pool.imap(work, batches(read)):
            write.write(written)
            most = max(most, memory)
        pool.close()
        pool.join()
    cpu = spent(resource.RUSAGE_SELF) + spent(resource.RUSAGE_CHILDREN) - before
    return time.perf_counter() - begun, cpu, most


def ours(program, path, documents, output, threads):
    """Returns wall seconds, CPU seconds, and the peak memory in bytes."""
    command = [program, "score", documents, "-m", path, "-o", output, "-q", "-j", str(threads)]
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    seconds = time.perf_counter() - begun
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def compare(left, right):
    """Returns the largest relative difference of any figure of a document."""
    worst = 0.0
    documents = 0
    with open(left, "rb") as left, open(right, "rb") as right:
        for one, other in zip(left, right, strict=True):
            one, other = loads(one)["kenlm"], loads(other)["ngram"]
            for name, value in one.items():
                worst = max(worst, abs(value - other[name]) / max(abs(value), 1e-9))
            documents += 1
    return documents, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("kenlm")
    parser.add_argument("documents")
    parser.add_argument("--ngram", default="ngram")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--perplexity-only", action="store_true", help="leave the peer's other figures out")
    args = parser.parse_args()

    size = os.path.getsize(args.documents)
    with tempfile.TemporaryDirectory(dir=os.environ.get("WORK")) as folder:
        left, right = f"{folder}/kenlm.jsonl", f"{folder}/ngram.jsonl"
        # A tenth of the documents, to see whether memory grows with them.
        part = f"{folder}/part.jsonl"
        with open(args.documents, "rb") as whole, open(part, "wb") as file:
            while file.tell() < size / 10:
                file.write(whole.readline())
        *_, memory_of_part = ours(args.ngram, args.model, part, right, args.processes)
        print(f"{size / 1e6:,.0f} MB of JSON Lines, {args.processes} threads or processes")
        print(f"ngram score, a tenth of it: {memory_of_part / 1e6:,.0f} MB of memory at most")
        for _ in range(args.runs):
            theirs = peer(args.kenlm, args.documents, left, args.processes, args.perplexity_only)
            our = ours(args.ngram, args.model, args.documents, right, args.processes)
            for name, (seconds, cpu, most) in [("kenlm", theirs), ("ngram score", our)]:
                print(
                    f"{name:12}{seconds:8.2f} s {cpu:8.2f} s of CPU {size / seconds / 1e6:8.1f} MB/s, "
                    f"{most / 1e6:,.0f} MB of memory in a process at most"
                )
            ratios = [their / mine for their, mine in zip(theirs, our)]
            print(f"ratios: {ratios[0]:.2f} in time, {ratios[1]:.2f} in CPU time", flush=True)
        documents, worst = compare(left, right)
    print(f"{documents:,} documents, figures differ by {worst:.1e} of themselves at most")
    if worst > 1e-4:
        sys.exit("that is too much")


if __name__ == "__main__":
    main()
