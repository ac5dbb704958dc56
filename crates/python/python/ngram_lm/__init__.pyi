"""N-gram language models: train, score, evaluate."""

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

Path = Union[str, PathLike[str]]
Text = Union[Path, Sequence[PathLike[str]], Iterable[str]]
"""One file, several (as ``pathlib.Path``), or sentences. Files may be compressed by gzip or zstd."""

class Token:
    """A token of a sentence and its score."""

    word: str
    """The token as the tokenizer cut it; ``</s>`` at the end."""
    log10: float
    """log10 of its probability after the tokens before it."""
    bits: float
    """Its information in bits, -log2 p: at least 0."""
    order: int
    """The order of the longest n-gram found, from 1."""
    oov: bool
    """Whether the model does not know the word."""

class Model:
    """A model, mapped from its file or in memory."""

    @staticmethod
    def open(path: Path) -> Model:
        """Opens a model file, or an ARPA file, plain or compressed by gzip or zstd, which is read into memory. Text is
        cut at white space for it, unless the file says that another tokenizer cut its text: a comment of ours before its data."""
    @staticmethod
    def from_bytes(data: bytes) -> Model:
        """A model whose file's bytes, native or ARPA, are in memory."""
    @property
    def path(self) -> str | None:
        """The file that was opened; None for a model from bytes."""
    @property
    def order(self) -> int:
        """The order n: a word is predicted from at most n - 1 words."""
    @property
    def tokenizer(self) -> str:
        """How a text is cut into tokens."""
    @property
    def smoothing(self) -> str | None:
        """The smoothing method; None for a model from an ARPA file."""
    @property
    def ngrams(self) -> list[int]:
        """How many n-grams there are of each order from 1."""
    @property
    def vocab(self) -> Sequence[str]:
        """The words by number: ``<unk>``, ``<s>``, ``</s>``, then the others."""
    def __contains__(self, word: str) -> bool: ...
    def score(self, sentence: str) -> float:
        """log10 p(sentence </s> | <s>), the sentence cut by the model's tokenizer."""
    def score_many(self, sentences: Iterable[str], *, threads: int | None = None) -> NDArray[np.float64]:
        """`score` of each sentence of a list or a NumPy array, on all cores or so many threads, without the GIL."""
    def tokens(self, sentence: str) -> list[Token]:
        """The tokens of a sentence and its end, with their scores."""
    def next_logprobs(self, history: str = "") -> NDArray[np.float32]:
        """log10 p of each word of `vocab` after ``<s>`` and this text; minus infinity for ``<s>``.

        ``10 ** model.next_logprobs("the cat")`` sums to 1.
        """
    def generate(
        self,
        count: int = 1,
        *,
        prompt: str = "",
        seed: int = 1,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        only: Sequence[str] | None = None,
        unknown: bool = False,
        longest: int = 1000,
    ) -> list[str]:
        """Sentences drawn from the model; the same for the same seed.

        `only` lists the words that may come; `longest` is the most words beyond the prompt.
        """
    def evaluate(self, text: Text, *, threads: int | None = None) -> dict[str, Any]:
        """How well the model predicts a text: the report of ``ngram eval --json``."""
    def to_arpa(self, path: Path) -> None:
        """Writes the model as an ARPA file, whole or not at all."""
    def save(self, path: Path) -> None:
        """Writes the model to a native file, whole or not at all."""

def train(
    text: Text,
    output: Path,
    *,
    order: int = 5,
    tokenizer: str = "words",
    lowercase: bool = False,
    smoothing: str = "modified-kneser-ney",
    backoff: bool = False,
    min_counts: Sequence[int] | None = None,
    vocab: Sequence[str] | None = None,
    min_count: int | None = None,
    max_vocab: int | None = None,
    closed: bool = False,
    dev: Text | None = None,
    memory: int | None = None,
    temp_dir: Path | None = None,
    threads: int | None = None,
) -> Model:
    """Trains a model, writes it to `output`, whole or not at all, and opens it.

    The options are those of ``ngram train``. `memory` is in bytes, for the whole process; what does not fit goes to
    temporary files. The model is the same for any memory and any number of threads. Ctrl-C stops it.
    """
