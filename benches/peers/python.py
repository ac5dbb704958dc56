"""Compares PyPI's kenlm with ours on each line of a text: scores, and the time they take.

    python.py ARPA TEXT [ROUNDS]

Both packages must be installed in the Python that runs this. Fails if a score or a full score differs by more than 1e-5 in
log10, or any other part of a full score at all. Then each way scores the text in turn, ROUNDS times (21), on one thread
except for the last. Ratios are kenlm's time divided by ours in the same round; the median over all rounds counts. Times
are CPU times on one thread, and wall-clock times on two.
"""

import statistics
import sys
import time

import kenlm as theirs

import ngram_lm
from ngram_lm import kenlm as ours


def main():
    arpa, text = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 21
    with open(text, encoding="utf8", newline="\n") as lines:
        sentences = [line.rstrip("\n") for line in lines]
    kenlm, face, own = theirs.Model(arpa), ours.Model(arpa), ngram_lm.Model.open(arpa)
    compare(kenlm, face, sentences)

    ways = {
        "kenlm, score": lambda: [kenlm.score(sentence) for sentence in sentences],
        "ngram_lm.kenlm, score": lambda: [face.score(sentence) for sentence in sentences],
        "ngram_lm, score": lambda: [own.score(sentence) for sentence in sentences],
        "ngram_lm, score_many": lambda: own.score_many(sentences, threads=1),
        "a call of nothing": lambda: [len(sentence) for sentence in sentences],
    }
    two = lambda: own.score_many(sentences, threads=2)
    took = {way: [] for way in ways}
    took_two, took_clock = [], []
    for _ in range(rounds):
        for way, work in ways.items():
            took[way].append(timed(work, time.thread_time if "many" not in way else time.process_time))
        took_clock.append(timed(ways["kenlm, score"], time.perf_counter))
        took_two.append(timed(two, time.perf_counter))
    count = len(sentences)
    print(f"{'':32} us a sentence, least   times as fast as kenlm, median")
    for way, times in took.items():
        show(way, times, took["kenlm, score"], count)
    show("kenlm, score, by the clock", took_clock, took_clock, count)
    show("ngram_lm, score_many, 2 threads", took_two, took_clock, count)


def compare(kenlm, face, sentences):
    """Fails if the two give different results."""
    largest_sum, largest, tokens = 0.0, 0.0, 0
    for sentence in sentences:
        largest_sum = max(largest_sum, abs(kenlm.score(sentence) - face.score(sentence)))
        one, other = list(kenlm.full_scores(sentence)), list(face.full_scores(sentence))
        assert [full[1:] for full in one] == [full[1:] for full in other], sentence
        tokens += len(one)
        largest = max([largest, *(abs(a[0] - b[0]) for a, b in zip(one, other))])
    print(f"{len(sentences):,} sentences, {tokens:,} tokens; largest differences in log10: score {largest_sum:.2g}, full_scores {largest:.2g}")
    assert max(largest_sum, largest) <= 1e-5


def timed(work, clock):
    start = clock()
    work()
    return clock() - start


def show(way, times, reference, sentences):
    ratio = statistics.median(one / other for one, other in zip(reference, times))
    print(f"{way:32} {min(times) / sentences * 1e6:20.3f} {ratio:31.2f}")


if __name__ == "__main__":
    main()
