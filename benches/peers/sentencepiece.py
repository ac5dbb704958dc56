#!/usr/bin/env python3
"""Compares the tokens of `ngram --tokenizer FILE.model` with those of PyPI's `sentencepiece`, line by line, and times both.

Needs PyPI's `sentencepiece`. Without a model, a unigram and a BPE model of 8,000 pieces, with and without byte fall-back,
are trained on the text. Exits with 1 if the pieces of a line differ.

Our pieces are those that `ngram eval --format kenlm --per-token` shows with a unigram model. Our times are those of
`ngram train -n 1`, from the start of the program to the model's file; Python's are those of `encode_as_pieces` alone.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

# Not the package of this name: this folder comes first.
sys.path.pop(0)
import sentencepiece  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hugging_face import lines_of, train, written  # noqa: E402


def learn(corpus, folder):
    kinds = {
        "unigram": dict(model_type="unigram", vocab_size=8000),
        "unigram-bytes": dict(model_type="unigram", vocab_size=8000, byte_fallback=True, character_coverage=0.98),
        "bpe": dict(model_type="bpe", vocab_size=8000),
        "bpe-bytes": dict(model_type="bpe", vocab_size=8000, byte_fallback=True, normalization_rule_name="identity"),
    }
    for name, options in kinds.items():
        prefix = os.path.join(folder, name)
        sentencepiece.SentencePieceTrainer.train(
            input=corpus, model_prefix=prefix, minloglevel=2, input_sentence_size=20_000, **options
        )
        yield prefix + ".model"


def compare(program, corpus, lines, path, folder):
    """Returns the number of tokens, the lines whose tokens differ, and the seconds that Python took."""
    model = os.path.join(folder, "model")
    train(program, corpus, path, model, 2)
    command = [program, "eval", corpus, "-m", model, "--format", "kenlm", "--per-token"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    shown = output.stdout.decode().split("\n")
    processor = sentencepiece.SentencePieceProcessor(model_file=path)
    start = time.monotonic()
    pieces = [processor.encode_as_pieces(line) for line in lines]
    seconds = time.monotonic() - start
    tokens = differ = 0
    for number, theirs in enumerate(pieces):
        theirs = [written(piece) for piece in theirs if piece not in ("<s>", "</s>")]
        ours = [word.rsplit("=", 1)[0] for word in shown[number].split("\t")[:-1]]
        tokens += len(theirs)
        if theirs + ["</s>"] != ours:
            differ += 1
            if differ <= 3:
                print(f"line {number + 1}: {theirs} there, {ours} here")
    return tokens, differ, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("model", nargs="*", help="a model of SentencePiece")
    parser.add_argument("--program", default="target/release/ngram")
    options = parser.parse_args()
    lines = lines_of(options.corpus)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for path in options.model or learn(options.corpus, folder):
            tokens, differ, theirs = compare(options.program, options.corpus, lines, path, folder)
            failed |= differ > 0
            ours = min(train(options.program, options.corpus, path, os.path.join(folder, "m"), 1) for _ in range(3))
            name = os.path.basename(path)
            print(f"{name}: {len(lines):,} lines, {tokens:,} tokens, {differ:,} lines differ; {theirs / ours:.1f} times as fast")
    sys.exit(failed)


if __name__ == "__main__":
    main()
