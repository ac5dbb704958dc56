#!/usr/bin/env python3
"""Compares two ARPA files n-gram by n-gram.

Prints one line per order: the number of n-grams, the largest differences of the base-10 logarithms
of probabilities and of back-off weights, and where they are. Exits with 1 if the files differ by
more than the tolerance or in the n-grams they list, with 2 if one is not an ARPA file.

A missing back-off weight counts as 0. The probability of the unigram <s> is not compared: nothing
ever predicts it, and tools write 0, -99 or minus infinity there. Probability 0 is -99 or less.
"""

import argparse
import gzip
import sys

LOG_ZERO = -99.0


class Malformed(Exception):
    """A file is not an ARPA file: which, where, why."""


class Arpa:
    """An ARPA file, read order by order."""

    def __init__(self, path):
        self.path = path
        self.line_number = 0
        self.file = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
        self.counts = self.read_counts()
        self.order = len(self.counts)

    def complain(self, why):
        raise Malformed(f"{self.path}:{self.line_number}: {why}")

    def line(self):
        line = self.file.readline()
        if not line:
            self.complain("the file ends too early")
        self.line_number += 1
        return line.rstrip(b"\r\n")

    def read_counts(self):
        while self.line() != b"\\data\\":
            pass
        counts = []
        while line := self.line():
            name, _, count = line.partition(b"=")
            if name.split() != [b"ngram", str(len(counts) + 1).encode()]:
                self.complain(f"expected the number of {len(counts) + 1}-grams")
            counts.append(int(count))
        return counts

    def ngrams(self, order):
        """Yields (words, log10 probability, log10 back-off weight) for each n-gram of the order."""
        header = f"\\{order}-grams:".encode()
        while not (line := self.line()):
            pass
        if line != header:
            self.complain(f"expected {header.decode()}")
        for _ in range(self.counts[order - 1]):
            # Only these separate words; other white space may be part of a word.
            fields = self.line().replace(b"\t", b" ").split(b" ")
            if len(fields) == order + 1:
                backoff = 0.0
            elif len(fields) == order + 2:
                backoff = float(fields[-1])
            else:
                self.complain(f"expected a {order}-gram, found {len(fields)} fields")
            yield b" ".join(fields[1 : order + 1]), max(float(fields[0]), LOG_ZERO), backoff
        if line := self.line():
            self.complain(f"more {order}-grams than announced, or no blank line after them")


class Largest:
    """The largest difference seen, and the n-gram that has it."""

    def __init__(self):
        self.difference = 0.0
        self.words = b""

    def see(self, left, right, words):
        difference = abs(left - right)
        # Written so that a NaN difference counts as a difference.
        if not difference <= self.difference:
            self.difference = difference
            self.words = words

    def __str__(self):
        at = f"  at '{self.words.decode(errors='replace')}'" if self.words else ""
        return f"{self.difference:.3e}{at}"


def list_some(title, ngrams):
    print(f"  {len(ngrams)} {title}, such as:")
    for words in sorted(ngrams)[:5]:
        print(f"    {words.decode(errors='replace')}")


def compare_order(left, right, order, tolerance):
    """Prints the comparison of one order; returns whether it is within the tolerance."""
    expected = {}
    for words, log_prob, backoff in left.ngrams(order):
        if words in expected:
            left.complain(f"'{words.decode(errors='replace')}' is listed twice")
        expected[words] = (log_prob, backoff)
    probs, backoffs = Largest(), Largest()
    seen = set()
    unexpected = []
    for words, log_prob, backoff in right.ngrams(order):
        if words in seen:
            right.complain(f"'{words.decode(errors='replace')}' is listed twice")
        seen.add(words)
        pair = expected.pop(words, None)
        if pair is None:
            unexpected.append(words)
            continue
        if words != b"<s>":
            probs.see(pair[0], log_prob, words)
        backoffs.see(pair[1], backoff, words)
    print(f"order {order}: {len(seen)} n-grams")
    print(f"  largest difference of log10 probability      {probs}")
    print(f"  largest difference of log10 back-off weight  {backoffs}")
    if expected:
        list_some(f"n-grams only in {left.path}", expected)
    if unexpected:
        list_some(f"n-grams only in {right.path}", unexpected)
    within = probs.difference <= tolerance and backoffs.difference <= tolerance
    return within and not expected and not unexpected


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("left")
    parser.add_argument("right")
    parser.add_argument(
        "--tolerance", type=float, default=1e-5, help="of base-10 logarithms (default: %(default)s)"
    )
    args = parser.parse_args()
    try:
        left, right = Arpa(args.left), Arpa(args.right)
        if left.order != right.order:
            print(f"{left.path} has order {left.order}, {right.path} has order {right.order}")
            return 1
        orders = range(1, left.order + 1)
        same = [compare_order(left, right, order, args.tolerance) for order in orders]
    except (Malformed, ValueError, OSError, EOFError) as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return 2
    if not all(same):
        print(f"DIFFERENT: beyond {args.tolerance:g}, or not the same n-grams")
        return 1
    print(f"the same n-grams, all within {args.tolerance:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
