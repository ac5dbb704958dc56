#!/usr/bin/env python3
"""Forges Parquet files, tokenizer.json files and models that hold one, and runs every verb that reads them.

    benches/forged.py [NUMBER [SEED]]

NUMBER forgeries, 500 unless given, of each sound file: bytes changed, left out, put in twice; numbers that readers may stumble
over; in JSON, values replaced. The checksums of models are made to fit. Parquet and JSON have none. Each run may take 600 MiB and 30
seconds, and must end with exit code 0 or 1, without a panic of this project's code, and leave no file behind.
Panics of the crates that read these formats become errors, and are counted. The program, built with --features
parquet,tokenizers, is target/release/ngram, or the one that $NGRAM names. SECURITY.md shows the table.
"""

import collections
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
NGRAM = os.path.realpath(os.environ.get("NGRAM", ROOT / "target/release/ngram"))
MEMORY = 600 << 20
SECONDS = 30
HEAD, ENTRY = 64, 32

WORDS = {"[UNK]": 0, "the": 1, "cat": 2, "sat": 3, "dog": 4, ".": 5, "##s": 6, "a": 7, "b": 8}
TOKENIZERS = {
    "words": {
        "version": "1.0",
        "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"},
                       {"type": "Replace", "pattern": {"Regex": "a+b?"}, "content": "a"}]},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "Removed", "invert": False},
        "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": WORDS},
    },
    "pieces": {
        "version": "1.0",
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 9, "vocab": WORDS},
    },
    "bytes": {
        "version": "1.0",
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": {"Ġ": 0, "t": 1, "h": 2, "e": 3, "c": 4, "a": 5, "th": 6, "the": 7, "at": 8},
                  "merges": [["t", "h"], ["th", "e"], ["a", "t"]]},
    },
    "unigram": {
        "version": "1.0",
        "model": {"type": "Unigram", "unk_id": 1, "byte_fallback": False,
                  "vocab": [["a", -1.0], ["?", -9.0], ["the", -2.0], [" ", -2.5], ["cat", -3.0]]},
    },
}
ODD = [None, -1, 0, 2**31, 2**32 - 1, 2**64 - 1, 1e308, -1e308, "", "a", "(a*)*b", "(((", "\\", "é" * 1000, [], {}, True,
       [[]], {"type": "BPE"}]


def mend(model):
    """Makes the checksums of a model fit."""
    count = int.from_bytes(model[12:16], "little")
    if HEAD + count * ENTRY > len(model):
        return
    for at in range(HEAD, HEAD + count * ENTRY, ENTRY):
        start, length = (int.from_bytes(model[at + o:at + o + 8], "little") for o in (8, 16))
        if start + length <= len(model):
            model[at + 4:at + 8] = zlib.crc32(model[start:start + length]).to_bytes(4, "little")
    model[24:28] = zlib.crc32(model[HEAD:HEAD + count * ENTRY]).to_bytes(4, "little")


def forged_bytes(rng, sound, start=0, end=None, same_length=False):
    """Changes a few bytes between two places."""
    file = bytearray(sound)
    end = len(file) if end is None else end
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(start, end)
        kind = rng.randrange(3 if same_length else 6)
        if kind == 0:
            file[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        elif kind == 1:
            file[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            width = rng.choice([2, 4, 8])
            number = (1 << rng.randrange(8 * width)) + rng.randint(-2, 2)
            if at + width <= end:
                file[at:at + width] = (number % (1 << 8 * width)).to_bytes(width, "little")
        elif kind == 3:
            del file[at:at + rng.randint(1, 8)]
        elif kind == 4:
            file[at:at] = file[at:at + rng.randint(1, 64)]
        else:
            file[at:at] = rng.randbytes(rng.randint(1, 8))
        end = min(end, len(file))
        if start >= end:
            break
    return file


def forged_json(rng, sound):
    """Replaces a few values, or changes bytes."""
    if rng.randrange(3) == 0:
        return forged_bytes(rng, json.dumps(sound).encode())
    value = json.loads(json.dumps(sound))
    for _ in range(rng.randint(1, 2)):
        places = []

        def walk(node):
            for key, child in node.items() if isinstance(node, dict) else enumerate(node):
                places.append((node, key))
                if isinstance(child, (dict, list)):
                    walk(child)

        walk(value)
        if places:
            node, key = rng.choice(places)
            # Most of the same type, which gets further.
            alike = [odd for odd in ODD if type(odd) is type(node[key])] if rng.randrange(4) else []
            node[key] = rng.choice(alike or ODD)
    return json.dumps(value).encode()


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main():
    number, seed = (int(value) for value in (sys.argv[1:] + ["500", "1"][len(sys.argv) - 1:])[:2])
    rng = random.Random(seed)
    table = collections.defaultdict(collections.Counter)
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def run(arguments):
            # One thread, which takes less address space.
            environment = {**os.environ, "TMPDIR": str(folder), "RAYON_NUM_THREADS": "1", "RUST_BACKTRACE": "0"}
            try:
                return subprocess.run([NGRAM, *arguments.split()], cwd=folder, env=environment, preexec_fn=limit,
                                      capture_output=True, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                return subprocess.CompletedProcess(arguments, -1, b"", b"no end")

        (folder / "text").write_text("the cat sat.\nThe cats sat\n\na b a b a\nthe dog sat\n")
        (folder / "m").unlink(missing_ok=True)
        assert run("train text -n 2 --tokenizer words -q -o plain").returncode == 0
        sound = {"Parquet": [(ROOT / "tests/cli/documents.parquet").read_bytes()], "tokenizer.json": TOKENIZERS.values(),
                 "model with one": []}
        for name, tokenizer in TOKENIZERS.items():
            (folder / f"{name}.json").write_text(json.dumps(tokenizer))
            made = run(f"train text -n 2 --tokenizer {name}.json -q -o {name}.ngram")
            assert made.returncode == 0, made.stderr
            sound["model with one"].append(((folder / f"{name}.ngram").read_bytes(), json.dumps(tokenizer).encode()))
            (folder / f"{name}.ngram").unlink()
        verbs = {
            "Parquet": ["train forged.parquet --field meta.text -n 2 -q -o out", "count forged.parquet --field meta.text -n 2 -q -o out",
                        "eval forged.parquet --field meta.text -m plain --json", "score forged.parquet --field meta.text -m plain -q",
                        "classes forged.parquet --field meta.text -k 2 -q -o out",
                        "train forged.parquet --field meta.text --memory 200M --on-bad-record skip -n 2 -q -o out"],
            "tokenizer.json": ["train text --tokenizer forged.json -n 2 -q -o out", "count text --tokenizer forged.json -n 2 -q -o out",
                               "train text --tokenizer forged.json --lowercase -n 1 -q -o out"],
            "model with one": ["info forged.ngram", "check forged.ngram", "eval text -m forged.ngram --json", "score text -m forged.ngram -q",
                               "next the -m forged.ngram", "explain the -m forged.ngram", "generate -m forged.ngram -n 2",
                               "compress text -m forged.ngram -q -o out", "export forged.ngram out -q", "convert forged.ngram --layout compact -q -o out",
                               "prune forged.ngram --to-ngrams 90% -q -o out", "mix forged.ngram forged.ngram --weights 0.5,0.5 -q -o out",
                               "filter forged.ngram --vocab text -q -o out"],
        }
        # What the program does not know is no test of its readers.
        before = set(os.listdir(folder))
        for kind, files in sound.items():
            for own in files:
                for _ in range(number):
                    if kind == "Parquet":
                        name, file = "forged.parquet", forged_bytes(rng, own)
                        if rng.randrange(2):
                            # So that it gets beyond the first look.
                            file[:4] = file[-4:] = b"PAR1"
                    elif kind == "tokenizer.json":
                        name, file = "forged.json", forged_json(rng, own)
                    else:
                        name, (whole, inner) = "forged.ngram", own
                        start = whole.find(inner)
                        assert start >= 0
                        file = forged_bytes(rng, whole, start, start + len(inner), same_length=True)
                        if rng.randrange(2):
                            # Still JSON, and often a tokenizer.
                            file = bytearray(whole)
                            at = rng.choice([at for at in range(start, start + len(inner)) if whole[at:at + 1].isalnum()])
                            file[at] = rng.choice(b"0123456789" if whole[at:at + 1].isdigit() else b"abcdefght")
                        mend(file)
                    (folder / name).write_bytes(file)
                    row = table[kind]
                    row["files"] += 1
                    chosen = verbs[kind] if len(verbs[kind]) < 7 else rng.sample(verbs[kind], 4)
                    for verb in chosen:
                        begun = time.monotonic()
                        done = run(verb)
                        slowest = max(slowest, time.monotonic() - begun)
                        said = done.stderr.decode(errors="replace")
                        row["runs"] += 1
                        row["errors" if done.returncode else "read"] += 1
                        panics = re.findall(r"panicked at ([^\s:]+)", said)
                        row["caught"] += any("registry" in place or "rustc" in place for place in panics)
                        own_panics = [place for place in panics if not ("registry" in place or "rustc" in place)]
                        left = set(os.listdir(folder)) - before - {name, "out"}
                        if done.returncode not in (0, 1) or own_panics or left or (done.returncode and (folder / "out").exists()):
                            row["violations"] += 1
                            kept = pathlib.Path(tempfile.gettempdir()) / f"violation-{row['runs']}-{name}"
                            kept.write_bytes(file)
                            print(f"{verb}: exit code {done.returncode}, {said[-300:]!r}, left {left}: {kept}", flush=True)
                            for other in left:
                                (folder / other).unlink()
                        (folder / "out").unlink(missing_ok=True)
                (folder / name).unlink()
    print("| file | forged | runs | ended with an error | panics of other crates, caught | violations |")
    print("|---|---:|---:|---:|---:|---:|")
    for kind, row in table.items():
        print(f"| {kind} | {row['files']:,} | {row['runs']:,} | {row['errors']:,} | {row['caught']:,} | {row['violations']:,} |")
    print(f"\nslowest run: {slowest:.1f} s")
    sys.exit(any(row["violations"] for row in table.values()))


main()
