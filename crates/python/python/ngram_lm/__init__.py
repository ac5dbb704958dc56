"""N-gram language models: train, score, evaluate.

>>> import ngram_lm
>>> model = ngram_lm.train("train.txt", "model.ngram", order=5)
>>> model.score("the cat sat")                       # log10 p(sentence </s> | <s>)
>>> model.evaluate("held-out.txt")["bits_per_byte"]
"""

from ._native import Model, Token, train

__all__ = ["Model", "Token", "train"]
