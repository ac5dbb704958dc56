"""N-gram language models: train, score, evaluate.

>>> import ngram_lm
>>> model = ngram_lm.train("train.txt", "model.ngram", order=5)
>>> model.score("the cat sat")                       # log10 p(sentence </s> | <s>)
>>> model.evaluate("held-out.txt")["bits_per_byte"]

`ngram_lm.kenlm` has the names of PyPI's `kenlm`, `ngram_lm.ctc` decodes the output of speech recognisers, and
`python -m ngram_lm` is the program `ngram`.
"""

from ._native import Model, Token, __version__
from ._program import compare, convert, entropy, filter, mix, prune, run, train
from ._results import Documents, Explanation, NextWords, Report

__all__ = [
    "Documents",
    "Explanation",
    "Model",
    "NextWords",
    "Report",
    "Token",
    "__version__",
    "compare",
    "convert",
    "entropy",
    "filter",
    "mix",
    "prune",
    "run",
    "train",
]
