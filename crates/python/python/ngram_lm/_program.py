"""What the program `ngram` does, by the names it has there."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Union

from . import _native
from ._native import Model
from ._results import Report, _report

Path = Union[str, "PathLike[str]"]
Sentence = Union[str, Sequence[str], Mapping[str, Any]]
"""A sentence, its tokens, or a record with the text in a field."""
Text = Union[Path, Sequence["PathLike[str]"], Iterable[Sentence]]
"""A file or a pattern, several files (as `pathlib.Path`), or sentences."""
Progress = Union[bool, Callable[[str, int, Union[int, None], str], object]]


def _arguments(options: Mapping[str, Any]) -> list[str]:
    """Writes options as on the command line: `min_counts=[1, 2]` is `--min-counts 1,2`."""
    written: list[str] = []
    for name, value in options.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            written.append(option)
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], PathLike):
            written += [option, *map(os.fspath, value)]
        elif isinstance(value, (list, tuple)):
            written.append(f"{option}={','.join(map(str, value))}")
        else:
            written.append(f"{option}={os.fspath(value) if isinstance(value, PathLike) else value}")
    return written


class _Bar:
    """A bar of tqdm, one for each stage."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError:
            raise ImportError("a progress bar needs tqdm: pip install tqdm, or give a function") from None
        self._make: Any = tqdm
        self._stage = ""
        self._bar: Any = None

    def __call__(self, stage: str, done: int, total: int | None, unit: str) -> None:
        if stage != self._stage:
            self.finish()
            self._stage = stage
            self._bar = self._make(desc=stage, total=total, unit=unit, unit_scale=True)
        self._bar.update(done - self._bar.n)

    def finish(self) -> None:
        """Fills the bar of a stage that is done, which was looked at now and then only."""
        if self._bar is not None and self._bar.total:
            self._bar.update(self._bar.total - self._bar.n)
        self.close()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def train(
    text: Text | None,
    output: Path,
    *,
    order: int | None = None,
    tokenizer: str | None = None,
    lowercase: bool = False,
    smoothing: str | Sequence[str] = "modified-kneser-ney",
    backoff: bool = False,
    interpolate_unigrams: bool | None = None,
    convention: str | None = None,
    min_counts: Sequence[int] | None = None,
    dev: Text | None = None,
    discounts: str | None = None,
    discount_classes: int | None = None,
    strength: float | None = None,
    delta: float | None = None,
    discount: float | None = None,
    good_turing_max: int | None = None,
    skip: int | None = None,
    classes: Path | None = None,
    counts: Sequence[Path] | None = None,
    partial: bool = False,
    vocab: Path | Sequence[str] | None = None,
    min_count: int | None = None,
    max_vocab: int | None = None,
    closed: bool = False,
    memory: int | str | None = None,
    temp_dir: Path | None = None,
    prune_to: int | str | None = None,
    prune_threshold: float | None = None,
    layout: str | None = None,
    quantize: int | None = None,
    input_format: str | None = None,
    field: str | None = None,
    sentences: str | None = None,
    on_bad_record: str | None = None,
    threads: int | None = None,
    progress: Progress = False,
) -> Model:
    """Trains a model, writes it to `output` whole or not at all, and opens it.

    The options are those of `ngram train`, and so are their meanings; None leaves what the program takes by itself.
    `text` is a file or a pattern (`str` or `os.PathLike`) of plain text or JSON Lines, compressed or not; a list
    of `pathlib.Path`; or an iterable of sentences: of `str`, of lists of tokens (whose tokenizer is then "whitespace"), or
    of records, such as rows of `datasets`, with the text in `field`. A `str` of several lines needs `sentences`, which
    says whether a line is a sentence ("line") or the whole ("document"). With `counts`, `text` is None.

    `tokenizer` is a name, or the file of a SentencePiece model or a tokenizer.json. `memory` limits the whole process: a
    number of bytes, "2G" or "80%"; what does not fit goes to temporary files. Neither it nor `threads` changes the model.
    `progress=True` shows a bar of tqdm; a function is called with the stage, what is done of it, its total and the unit.
    Ctrl-C stops the training.
    """
    options: dict[str, Any] = dict(
        order=order, tokenizer=tokenizer, lowercase=lowercase, backoff=backoff, convention=convention,
        min_counts=None if min_counts is None else list(min_counts), discounts=discounts,
        discount_classes=discount_classes, strength=strength, delta=delta, discount=discount,
        good_turing_max=good_turing_max, skip=skip, classes=classes, partial=partial, min_count=min_count,
        max_vocab=max_vocab, closed=closed, memory=memory, temp_dir=temp_dir, prune_to=prune_to,
        prune_threshold=prune_threshold, layout=layout, quantize=quantize, input_format=input_format, field=field,
        sentences=sentences, on_bad_record=on_bad_record,
    )  # fmt: skip
    options["smoothing"] = smoothing if isinstance(smoothing, str) else list(smoothing)
    if interpolate_unigrams is not None:
        options["interpolate_unigrams"] = str(interpolate_unigrams).lower()
    if counts is not None:
        options["counts"] = [os.path.abspath(os.fspath(path)) for path in counts]
        if text is not None:
            raise ValueError("a model is trained on a text or on counts: give None as the text")
    elif text is None:
        raise ValueError("there is no text: give one, or counts")
    arguments = _arguments({name: value for name, value in options.items() if name != "counts"})
    for path in options.get("counts", []):
        arguments += ["--counts", path]
    if vocab is not None and not isinstance(vocab, (str, PathLike)):
        vocab = _words(vocab)
        arguments += [f"--vocab={vocab}"]
        words: str | None = vocab
    else:
        words = None
        if vocab is not None:
            arguments += [f"--vocab={os.fspath(vocab)}"]
    bar = _Bar() if progress is True else None
    tell = bar or (progress if callable(progress) else None)
    try:
        reading = (input_format, field, sentences, on_bad_record)
        told = _native.train(text, output, arguments, tokenizer, dev, reading, threads, tell)
        if bar is not None:
            bar.finish()
    finally:
        if bar is not None:
            bar.close()
        if words is not None:
            os.unlink(words)
    for warning in told:
        warnings.warn(warning, stacklevel=2)
    return Model.open(output)


def _words(vocab: Iterable[str]) -> str:
    """Writes words to a temporary file."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".vocab", delete=False) as file:
        for word in vocab:
            file.write(word + "\n")
    return file.name


def run(verb: str, *arguments: Path, **options: Any) -> str:
    """Runs a verb of the program in a process of its own, and returns what it prints.

    `run("prune", "model.ngram", output="small.ngram", size="100M")` is `ngram prune model.ngram --output small.ngram
    --size 100M`. True is an option without a value; a list is its values with commas, a list of paths its values one by
    one. Messages on standard error become warnings. Raises `ValueError` with the program's message if it fails.
    """
    # Options that take several values end before the next option, so the arguments come first.
    command = [sys.executable, "-m", "ngram_lm", verb, *[os.fspath(path) for path in arguments], *_arguments(options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            out, told = process.communicate()
        except BaseException:
            # The program ends in good order, and leaves no file.
            process.terminate()
            process.wait()
            raise
    message = told.decode("utf-8", "replace").strip()
    if process.returncode != 0:
        message = message.removeprefix("ngram: ").removeprefix("error: ")
        raise ValueError(message or f"ngram {verb} ended with {process.returncode}")
    for line in message.splitlines():
        if line.startswith("warning: "):
            warnings.warn(line.removeprefix("warning: "), stacklevel=3)
    return out.decode("utf-8")


def compare(models: Sequence[Path], text: Path | Sequence[Path], **options: Any) -> Report:
    """Compares models on a text, with intervals and tests, as `ngram compare --json`; the options are its options."""
    texts = [text] if isinstance(text, (str, PathLike)) else list(text)
    return _report(run("compare", *models, *texts, json=True, quiet=True, **options))


def entropy(text: Path, **options: Any) -> Report:
    """Estimates the entropy of a text, as `ngram entropy --json`; the options are its options."""
    return _report(run("entropy", text, json=True, quiet=True, **options))


def _path(model: Path | Model) -> str:
    if isinstance(model, Model):
        if model.path is None:
            raise ValueError("this model is in no file: save it first")
        return model.path
    return os.fspath(model)


def prune(model: Path | Model, output: Path, **options: Any) -> Model:
    """Prunes a model, as `ngram prune`, and opens the result; the options are its options, such as `size="100M"`."""
    run("prune", _path(model), output=output, quiet=True, **options)
    return Model.open(output)


def mix(models: Sequence[Path | Model], output: Path, **options: Any) -> Model:
    """Mixes models into one, as `ngram mix`, and opens it; the options are its options: `dev`, `weights` and so on."""
    run("mix", *map(_path, models), output=output, quiet=True, **options)
    return Model.open(output)


def convert(model: Path | Model, output: Path, **options: Any) -> Model:
    """Writes a model in another layout, as `ngram convert`, and opens it; the options are `layout` and `quantize`."""
    run("convert", _path(model), output=output, quiet=True, **options)
    return Model.open(output)


def filter(model: Path | Model, output: Path, **options: Any) -> Model:
    """Gives a model other words, as `ngram filter`, and opens it; the options are its options, such as `vocab`."""
    run("filter", _path(model), output=output, quiet=True, **options)
    return Model.open(output)
