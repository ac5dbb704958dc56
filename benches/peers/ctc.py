#!/usr/bin/env python3
"""Compares `ngram_lm.ctc` with PyPI's `pyctcdecode`: the same logits, model and settings; the texts, and the times.

Needs pyctcdecode (and so NumPy below 2), kenlm and this package in one environment. The recogniser is a stand-in: each
letter of a line of the text takes one to three frames, some followed by a blank; its label gets a score of 4, a random
other label one of up to 4.5, and all get Gaussian noise. Prints how many best texts are the same and the ratio of the times, for a
model of words with its list of words, a binary file without one, hot words, and pieces of words. Exits with 1 if a
best text differs.
"""

import argparse
import logging
import os
import sys
import tempfile
import time

import numpy

logging.disable(logging.WARNING)

import pyctcdecode  # noqa: E402

import ngram_lm  # noqa: E402
import ngram_lm.ctc  # noqa: E402

LETTERS = list("abcdefghijklmnopqrstuvwxyz'")


def clean(line):
    kept = "".join(letter if letter in LETTERS else " " for letter in line.lower())
    return " ".join(kept.split())


def logits_of(labels, path, noise, random):
    """The output of a recogniser that hears this path of labels."""
    blank, frames = labels.index(""), []
    for number, label in enumerate(path):
        again = number > 0 and path[number - 1] == label
        frames += [blank] * again + [label] * random.integers(1, 4) + [blank] * (random.random() < 0.5)
    scores = random.normal(0, noise, (len(frames), len(labels)))
    for frame, label in enumerate(frames):
        scores[frame, label] += 4
        if random.random() < 0.3:
            scores[frame, random.integers(len(labels))] += random.uniform(2, 4.5)
    return scores.astype(numpy.float32)


def compare(name, ours, theirs, recordings, **options):
    start = time.monotonic()
    expected = [theirs.decode(logits, **options) for logits in recordings]
    of_theirs = time.monotonic() - start
    start = time.monotonic()
    found = [ours.decode(logits, **options) for logits in recordings]
    of_ours = time.monotonic() - start
    start = time.monotonic()
    together = ours.decode_batch(None, recordings, **options)
    of_batch = time.monotonic() - start
    differ = [number for number, both in enumerate(zip(expected, found)) if both[0] != both[1]]
    for number in differ[:3]:
        print(f"  {number}: {expected[number]!r} there, {found[number]!r} here")
    assert together == found
    beams = [[d.decode_beams(logits, **options)[0] for logits in recordings[:20]] for d in (ours, theirs)]
    scores = max(abs(one[4] - other[4]) for one, other in zip(*beams))
    times = sum(one[2] != other[2] for one, other in zip(*beams))
    print(
        f"{name}: {len(recordings)} recordings, {len(differ)} best texts differ; "
        f"{of_theirs:.2f} s and {of_ours:.3f} s, {of_theirs / of_ours:.1f} times as fast, "
        f"{of_theirs / of_batch:.1f} in a batch; scores of 20 differ by {scores:.1g} at most, time stamps in {times}"
    )
    return len(differ)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("training")
    parser.add_argument("held_out")
    parser.add_argument("--recordings", type=int, default=200)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--build-binary", help="KenLM's build_binary")
    options = parser.parse_args()
    random = numpy.random.default_rng(1)
    lines = [clean(line) for line in open(options.training, encoding="utf-8", errors="replace")]
    held = [clean(line) for line in open(options.held_out, encoding="utf-8", errors="replace")]
    held = [line for line in held if 3 <= len(line.split()) <= 14][: options.recordings]
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        arpa, native = os.path.join(folder, "words.arpa"), os.path.join(folder, "words.ngram")
        model = ngram_lm.train(
            [line for line in lines if line], native, order=3, tokenizer="whitespace", closed=True, min_count=2
        )
        model.to_arpa(arpa)
        labels = ["", " ", *LETTERS]
        path = lambda line: [labels.index(letter) for letter in line]  # noqa: E731
        recordings = [logits_of(labels, path(line), options.noise, random) for line in held]
        build = lambda package, *rest: package.build_ctcdecoder(labels, *rest)  # noqa: E731
        pair = [build(ngram_lm.ctc, arpa), build(pyctcdecode, arpa)]
        differ += compare("words", *pair, recordings)
        differ += compare("hot words", *pair, recordings, hotwords=["house", "new york"], hotword_weight=5.0)
        differ += compare("20 beams", *pair, recordings, beam_width=20)
        for decoder in pair:
            decoder.reset_params(alpha=0.9, beta=0.5)
        differ += compare("other weights", *pair, recordings)
        differ += compare("no model", build(ngram_lm.ctc), build(pyctcdecode), recordings)
        if options.build_binary:
            binary = os.path.join(folder, "words.bin")
            os.system(f"{options.build_binary} probing {arpa} {binary} 2>/dev/null >/dev/null")
            pair = [build(package, binary) for package in (ngram_lm.ctc, pyctcdecode)]
            differ += compare("KenLM's hash tables, no list of words", *pair, recordings)
        pieces = [""] + ["▁" + letter for letter in LETTERS] + LETTERS
        path = lambda line: [  # noqa: E731
            pieces.index(("▁" if number == 0 else "") + letter) for word in line.split() for number, letter in enumerate(word)
        ]
        recordings = [logits_of(pieces, path(line), options.noise, random) for line in held]
        pair = [package.build_ctcdecoder(pieces, arpa) for package in (ngram_lm.ctc, pyctcdecode)]
        differ += compare("pieces of words", *pair, recordings)
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
