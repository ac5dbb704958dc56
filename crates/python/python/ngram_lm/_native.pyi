"""The native half of `ngram_lm`."""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, Union, overload

from typing_extensions import Self

import numpy as np
from numpy.typing import NDArray

from ._program import Path, Sentence, Text
from ._results import Documents, Explanation, NextWords, Report

__version__: str

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

class Vocab(Sequence[str]):
    """The words of a model, by number."""

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __len__(self) -> int: ...

class Model:
    """A model, in memory or mapped from its file. Any thread may use it, and so may a forked process."""

    @staticmethod
    def open(path: Path, *, tokenizer: str | None = None, lowercase: bool = False) -> Model:
        """Opens a native model file, an ARPA file, plain or compressed, or a binary file of KenLM's.
        A native model of up to 32 MiB is read; a longer one is mapped, which takes a thousandth of the time and lets processes
        share it, and so are KenLM's hash tables. So replace such a file by renaming: should it be cut short in place, the
        system ends the process. `tokenizer` and `lowercase` say how the text of a model of another toolkit is split: by
        default as a comment that ngram wrote before its data says, else at white space."""
    @staticmethod
    def from_bytes(data: bytes, *, tokenizer: str | None = None, lowercase: bool = False) -> Model:
        """Opens a model from the bytes of its file."""
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
        """The smoothing method; None for a model of another toolkit."""
    @property
    def ngrams(self) -> list[int]:
        """The number of n-grams of each order from 1."""
    @property
    def vocab(self) -> Vocab:
        """The words by number: ``<unk>``, ``<s>``, ``</s>``, then the others."""
    def __contains__(self, word: str) -> bool: ...
    def score(self, sentence: Union[str, Sequence[str]]) -> float:
        """Returns log10 p(sentence </s> | <s>). The model's tokenizer splits the sentence."""
    def score_many(
        self, sentences: Iterable[Union[str, Sequence[str]]], *, threads: int | None = None
    ) -> NDArray[np.float64]:
        """Returns the `score` of each sentence of a list or a NumPy array. Uses `threads` threads (all cores by default), without the GIL."""
    def score_documents(self, texts: Any, *, sentences: str = "line", threads: int | None = None) -> Documents:
        """Scores documents of one or more lines each; returns a table of columns, NumPy arrays."""
    def tokens(self, sentence: Union[str, Sequence[str]]) -> list[Token]:
        """Returns the tokens of a sentence, including its end, with their scores."""
    @overload
    def explain(self, sentence: str) -> Explanation:  # type: ignore[overload-overlap]
        """Explains the score of a sentence; notebooks show it coloured by surprisal."""
    @overload
    def explain(self, sentence: Sequence[str]) -> list[Explanation]: ...
    def next(self, history: str = "", *, top: int = 10) -> NextWords:
        """Returns the most probable words after ``<s>`` and this text, with their probabilities."""
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
    def evaluate(
        self,
        text: Text,
        *,
        threads: int | None = None,
        input_format: str | None = None,
        field: str | None = None,
        sentences: str | None = None,
        on_bad_record: str | None = None,
    ) -> Report:
        """Evaluates the model on a text and returns the report of ``ngram eval --json``."""
    def to_arpa(self, path: Path) -> None:
        """Writes the model as an ARPA file, atomically."""
    def save(self, path: Path) -> None:
        """Writes the model to a native file, atomically."""

class State:
    """The words before a position, as far as the model uses them."""

    def __lt__(self, other: State) -> bool: ...
    def __le__(self, other: State) -> bool: ...
    def __gt__(self, other: State) -> bool: ...
    def __ge__(self, other: State) -> bool: ...
    def __copy__(self) -> State: ...

class _Model:
    """The methods of kenlm's model class, except its constructor."""

    def __new__(cls, path: str, *config: object) -> Self: ...
    @property
    def order(self) -> int: ...
    def score(self, sentence: Union[str, bytes], bos: bool = True, eos: bool = True) -> float: ...
    def perplexity(self, sentence: Union[str, bytes]) -> float: ...
    def _full_scores(
        self, sentence: Union[str, bytes], bos: bool = True, eos: bool = True
    ) -> list[tuple[float, int, bool]]: ...
    def BeginSentenceWrite(self, state: State) -> None: ...
    def NullContextWrite(self, state: State) -> None: ...
    def BaseScore(self, in_state: State, word: str, out_state: State) -> float: ...
    def _BaseFullScore(self, in_state: State, word: str, out_state: State) -> tuple[float, int, bool]: ...
    def __contains__(self, word: Union[str, bytes]) -> bool: ...

def train(
    text: object,
    output: Path,
    arguments: Sequence[str],
    tokenizer: str | None,
    dev: object,
    reading: tuple[str | None, str | None, str | None, str | None],
    threads: int | None,
    progress: Callable[[str, int, Union[int, None], str], object] | None,
) -> list[str]: ...
def main(arguments: Sequence[str]) -> int: ...

class _CtcDecoder:
    """Decodes the output of recognisers trained with CTC."""

    def __new__(cls, labels: Sequence[str], path: str | None, unigrams: Sequence[str] | None) -> _CtcDecoder: ...
    @property
    def labels(self) -> int: ...
    @property
    def has_pieces(self) -> bool: ...
    def decode(
        self,
        recordings: Sequence[bytes],
        settings: tuple[float, float, float, bool, int, float, float, bool],
        hot_words: Sequence[str],
        hot_weight: float,
        most: int,
        threads: int | None,
    ) -> list[list[tuple[str, list[tuple[str, tuple[int, int]]], float, float]]]: ...
