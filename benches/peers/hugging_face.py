#!/usr/bin/env python3
"""Compares the tokens of `ngram --tokenizer FILE` with those of PyPI's `tokenizers`, line by line, and times both.

Needs PyPI's `tokenizers`, and `ngram` built with `--features tokenizers`. Without a tokenizer.json, a byte-level
vocabulary of 30,000 pieces is learnt from the text. Exits with 1 if the tokens of a line differ.

Our tokens are those that `ngram eval --format kenlm --per-token` shows with a unigram model. Our times are those of
`ngram train -n 1`, from the start of the program to the model's file, including reading, counting and writing;
Python's are those of `encode_batch_fast` alone. Both take turns; the best time of each is shown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

NUMBERS = {"\0": "0000", "\t": "0009", "\n": "000A", "\r": "000D", " ": "0020"}


def learn(corpus, path, pieces):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    tokenizer.train([corpus], trainer)
    tokenizer.save(path)


def written(piece):
    """A piece without white space; none here has a `<` before it."""
    if not piece:
        return "<U+>"
    return "".join(f"<U+{NUMBERS[letter]}>" if letter in NUMBERS else letter for letter in piece)


def unknown(path):
    with open(path, encoding="utf-8") as file:
        model = json.load(file)["model"]
    if model.get("unk_id") is not None:
        return model["vocab"][model["unk_id"]][0]
    return model.get("unk_token")


def lines_of(corpus):
    with open(corpus, encoding="utf-8", errors="replace", newline="\n") as file:
        lines = file.read().split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def train(program, corpus, path, model, threads):
    command = [program, "train", corpus, "--tokenizer", path, "-n", "1", "--closed", "-q"]
    command += ["--smoothing", "witten-bell", "-o", model, "-j", str(threads)]
    start = time.monotonic()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def encode(path, lines, threads):
    """Runs in a separate process, since the number of threads is fixed once they have run."""
    script = (
        "import json, sys, time; from tokenizers import Tokenizer\n"
        "lines = json.load(sys.stdin); tokenizer = Tokenizer.from_file(sys.argv[1])\n"
        "start = time.monotonic(); tokenizer.encode_batch_fast(lines, add_special_tokens=False)\n"
        "print(time.monotonic() - start)"
    )
    parallel = "true" if threads > 1 else "false"
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": parallel, "RAYON_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", script, path]
    output = subprocess.run(
        command, input=json.dumps(lines).encode(), stdout=subprocess.PIPE, check=True, env=environment
    )
    return float(output.stdout)


def compare(program, corpus, lines, path, folder):
    """Returns the number of tokens, and the lines whose tokens differ."""
    from tokenizers import Tokenizer

    model = os.path.join(folder, "model")
    train(program, corpus, path, model, 2)
    command = [program, "eval", corpus, "-m", model, "--format", "kenlm", "--per-token"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    shown = output.stdout.decode().split("\n")
    tokenizer, unk = Tokenizer.from_file(path), unknown(path)
    tokens = differ = 0
    for number, line in enumerate(lines):
        ids = tokenizer.encode(line, add_special_tokens=False).ids
        theirs = [tokenizer.id_to_token(piece) for piece in ids]
        theirs = ["<unk>" if piece == unk else written(piece) for piece in theirs]
        # Lines begin and end with their own markers; markers in the text are skipped.
        theirs = [piece for piece in theirs if piece not in ("<s>", "</s>")]
        ours = [word.rsplit("=", 1)[0] for word in shown[number].split("\t")[:-1]]
        tokens += len(theirs)
        if theirs + ["</s>"] != ours:
            differ += 1
            if differ <= 3:
                print(f"line {number + 1}: {theirs} there, {ours} here")
    return tokens, differ


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("tokenizer", nargs="*", help="a tokenizer.json")
    parser.add_argument("--program", default="target/release/ngram")
    parser.add_argument("--pieces", type=int, default=30_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    lines = lines_of(options.corpus)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        paths = options.tokenizer
        if not paths:
            paths = [os.path.join(folder, "tokenizer.json")]
            learn(options.corpus, paths[0], options.pieces)
        for path in paths:
            tokens, differ = compare(options.program, options.corpus, lines, path, folder)
            failed |= differ > 0
            name = os.path.basename(path)
            print(f"{name}: {len(lines):,} lines, {tokens:,} tokens, {differ:,} lines differ")
            for threads in (1, 2):
                ours, theirs = [], []
                for _ in range(options.runs):
                    model = os.path.join(folder, "model")
                    ours.append(train(options.program, options.corpus, path, model, threads))
                    theirs.append(encode(path, lines, threads))
                rates = [tokens / min(times) / 1e6 for times in (ours, theirs)]
                print(
                    f"  {threads} threads: {rates[0]:.2f} million tokens a second, counted and in a model; "
                    f"{rates[1]:.2f} by tokenizers; {rates[0] / rates[1]:.2f} of it"
                )
    sys.exit(failed)


if __name__ == "__main__":
    main()
