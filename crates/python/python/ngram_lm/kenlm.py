"""The names of PyPI's ``kenlm`` 0.3.0, for programs written for it.

``python -m ngram_lm.kenlm program.py`` runs a program whose ``import kenlm`` then finds this module; in a program,
``ngram_lm.kenlm.install()`` does the same. Opens ARPA files, KenLM's binary files and native models. Scores are summed
in 32 bits, in KenLM's order.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, Union

from ._native import State, _Model

__all__ = ["ARPALoadComplain", "Config", "FullScoreReturn", "LanguageModel", "LoadMethod", "Model", "State", "install"]


class LoadMethod:
    """How KenLM reads a file. Ignored here."""

    LAZY = 0
    POPULATE_OR_LAZY = 1
    POPULATE_OR_READ = 2
    READ = 3
    PARALLEL_READ = 4


class ARPALoadComplain:
    """KenLM's warnings about ARPA files. Ignored here: nothing is printed."""

    ALL = 0
    EXPENSIVE = 1
    NONE = 2


class Config:
    """KenLM's settings. None of them changes a score."""

    def __init__(self) -> None:
        self.load_method = LoadMethod.POPULATE_OR_READ
        self.show_progress = True
        self.arpa_complain = ARPALoadComplain.ALL


class FullScoreReturn:
    """log10 p of a word, the length of the n-gram found, and whether the word is unknown."""

    __slots__ = ("_log_prob", "_ngram_length", "_oov")

    def __init__(self, log_prob: float, ngram_length: int, oov: bool) -> None:
        self._log_prob, self._ngram_length, self._oov = log_prob, ngram_length, oov

    @property
    def log_prob(self) -> float:
        return self._log_prob

    @property
    def ngram_length(self) -> int:
        return self._ngram_length

    @property
    def oov(self) -> bool:
        return self._oov

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.log_prob!r}, {self.ngram_length!r}, {self.oov!r})"


class Model(_Model):
    """A model from an ARPA file, a binary file of KenLM's or a native file."""

    path: bytes

    def __new__(cls, path: Union[str, bytes], config: object = None) -> Model:
        if not isinstance(path, (str, bytes)):
            raise TypeError(f"Cannot convert {path!s} to string")
        try:
            model = super().__new__(cls, os.fsdecode(path))
            assert isinstance(model, cls)
            return model
        except (OSError, ValueError) as error:
            raise OSError(f"Cannot read model '{path!s}' ({error})") from error

    def __init__(self, path: Union[str, bytes], config: object = None) -> None:
        self.path = os.path.abspath(os.fsencode(path))

    def full_scores(
        self, sentence: Union[str, bytes], bos: bool = True, eos: bool = True
    ) -> Iterator[tuple[float, int, bool]]:
        """Yields (log10 p, length of the n-gram found, whether the word is unknown) for each word and ``</s>``."""
        yield from self._full_scores(sentence, bos, eos)

    def BaseFullScore(self, in_state: State, word: str, out_state: State) -> FullScoreReturn:
        """Returns log10 p of a word after a state as a FullScoreReturn, and sets `out_state` to the state after it."""
        return FullScoreReturn(*self._BaseFullScore(in_state, word, out_state))

    def __repr__(self) -> str:
        return f"<Model from {os.path.basename(self.path)!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Model, (self.path,))


class LanguageModel(Model):
    """The old name of Model."""


def install() -> None:
    """Makes ``import kenlm`` find this module from now on."""
    sys.modules["kenlm"] = sys.modules["ngram_lm.kenlm"]


def _main() -> None:
    import runpy

    if len(sys.argv) < 2:
        sys.exit("usage: python -m ngram_lm.kenlm PROGRAM.py [ARGUMENT ...]")
    import ngram_lm.kenlm

    ngram_lm.kenlm.install()
    del sys.argv[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _main()
