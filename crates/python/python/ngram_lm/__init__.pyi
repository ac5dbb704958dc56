"""N-gram language models: train, score, evaluate."""

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

Path = Union[str, PathLike[str]]
Sentence = Union[str, list[str], tuple[str, ...]]
"""A sentence, or its tokens, where the tokenizer is ``whitespace``, which leaves them as they are."""
Text = Union[Path, Sequence[PathLike[str]], Iterable[Sentence]]
"""One file, several files (as ``pathlib.Path``), or sentences. Files may be compressed with gzip or zstd."""

class Token:
    """A token of a sentence and its score."""

    word: str
    """The token as the tokenizer returned it; ``</s>`` at the end."""
    log10: float
    """log10 of its probability after the tokens before it."""
    bits: float
    """Its information in bits, -log2 p: at least 0."""
    order: int
    """The order of the longest n-gram found, from 1."""
    oov: bool
    """Whether the word is OOV."""

class Model:
    """A model, in memory or mapped from its file. Any thread may use it, and so may a forked process."""

    @staticmethod
    def open(path: Path) -> Model:
        """Opens a native model file, or an ARPA file, plain or compressed with gzip or zstd, which is read into memory.
        A native model of up to 32 MiB is read; a longer one is mapped, which takes a thousandth of the time and lets processes
        share it. So replace its file by renaming: should it be cut short in place, the system ends the process.
        For an ARPA file, text is split at white space, unless a comment that ngram wrote before its data names another tokenizer."""
    @staticmethod
    def from_bytes(data: bytes) -> Model:
        """Opens a model from the bytes of a native or ARPA file."""
    @property
    def path(self) -> str | None:
        """The file that the model was opened from; None for a model from bytes."""
    @property
    def order(self) -> int:
        """The order n: each word is predicted from at most n - 1 words before it."""
    @property
    def tokenizer(self) -> str:
        """How text is split into tokens."""
    @property
    def smoothing(self) -> str | None:
        """The smoothing method; None for a model from an ARPA file."""
    @property
    def ngrams(self) -> list[int]:
        """The number of n-grams of each order from 1."""
    @property
    def vocab(self) -> Sequence[str]:
        """The words by number: ``<unk>``, ``<s>``, ``</s>``, then the others."""
    def __contains__(self, word: str) -> bool: ...
    def score(self, sentence: Sentence) -> float:
        """Returns log10 p(sentence </s> | <s>). The model's tokenizer splits the sentence."""
    def score_many(self, sentences: Iterable[Sentence], *, threads: int | None = None) -> NDArray[np.float64]:
        """Returns the `score` of each sentence of a list or a NumPy array. Uses `threads` threads (all cores by default), without the GIL."""
    def tokens(self, sentence: Sentence) -> list[Token]:
        """Returns the tokens of a sentence, including its end, with their scores."""
    def next_logprobs(self, history: str = "") -> NDArray[np.float32]:
        """Returns log10 p of each word of `vocab` after ``<s>`` and this text; minus infinity for ``<s>``.

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
        """Generates sentences from the model; the same for the same seed.

        `only` lists the words to choose from; `longest` is the maximum number of words after the prompt.
        """
    def evaluate(self, text: Text, *, threads: int | None = None) -> dict[str, Any]:
        """Evaluates the model on a text and returns the report of ``ngram eval --json``."""
    def to_arpa(self, path: Path) -> None:
        """Writes the model as an ARPA file, atomically."""
    def save(self, path: Path) -> None:
        """Writes the model to a native file, atomically."""

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
    """Trains a model, writes it to `output` atomically, and opens it.

    The options are those of ``ngram train``. `memory` limits the whole process, in bytes; what does not fit goes to
    temporary files. Neither `memory` nor `threads` affects the model. Ctrl-C stops the training.
    """
