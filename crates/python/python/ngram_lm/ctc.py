"""CTC beam search with an n-gram model: logits of a recogniser to text.

The names and the results are those of `pyctcdecode`: change `from pyctcdecode import build_ctcdecoder` to
`from ngram_lm.ctc import build_ctcdecoder`. Any version of NumPy will do, models may be in any file that
`ngram_lm.kenlm` opens, and batches are decoded by threads: the pool that pyctcdecode asks for is taken and not used.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from ._native import Model, _CtcDecoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Logits = NDArray[Any]

__all__ = ["BeamSearchDecoderCTC", "OutputBeam", "build_ctcdecoder"]

OutputBeam = tuple[str, Any, list[tuple[str, tuple[int, int]]], float, float]
"""Text, None (pyctcdecode: the state of the model), words with their first frame and the one after their last, the score
of the labels, and that with the score of the words."""

_Path = Union[str, "os.PathLike[str]"]


def _array(logits: Logits) -> Any:
    import numpy

    array = numpy.ascontiguousarray(logits, dtype=numpy.float32)
    if array.ndim != 2:
        raise ValueError(f"logits are frames x labels, and these have {array.ndim} dimensions")
    return array


class BeamSearchDecoderCTC:
    """Decodes the logits of a recogniser: frames x labels, as scores, log-probabilities or probabilities."""

    def __init__(
        self,
        labels: Sequence[str],
        model_path: Optional[_Path] = None,
        unigrams: Optional[Collection[str]] = None,
        *,
        alpha: float = 0.5,
        beta: float = 1.5,
        unk_score_offset: float = -10.0,
        lm_score_boundary: bool = True,
    ) -> None:
        """Opens a model; see `build_ctcdecoder`."""
        self._labels = list(labels)
        self._path = None if model_path is None else os.fspath(model_path)
        self._unigrams = None if unigrams is None else sorted(set(unigrams))
        self._decoder = _CtcDecoder(self._labels, self._path, self._unigrams)
        self._params = (alpha, beta, unk_score_offset, lm_score_boundary)

    def reset_params(
        self,
        alpha: Optional[float] = None,
        beta: Optional[float] = None,
        unk_score_offset: Optional[float] = None,
        lm_score_boundary: Optional[bool] = None,
    ) -> None:
        """Sets the weights that are given."""
        given = (alpha, beta, unk_score_offset, lm_score_boundary)
        old = self._params
        self._params = (
            old[0] if given[0] is None else given[0],
            old[1] if given[1] is None else given[1],
            old[2] if given[2] is None else given[2],
            old[3] if given[3] is None else given[3],
        )

    def _decode(
        self,
        logits_list: Iterable[Logits],
        beam_width: int,
        beam_prune_logp: float,
        token_min_logp: float,
        prune_history: bool,
        hotwords: Optional[Iterable[str]],
        hotword_weight: float,
        most: int,
        threads: Optional[int],
    ) -> list[list[OutputBeam]]:
        arrays = [_array(logits) for logits in logits_list]
        labels = self._decoder.labels
        for array in arrays:
            if array.shape[1] != labels:
                raise ValueError(f"logits for {array.shape[1]} labels, and the alphabet has {labels}")
        settings = (*self._params, beam_width, beam_prune_logp, token_min_logp, prune_history)
        recordings = [array.tobytes() for array in arrays]
        found = self._decoder.decode(recordings, settings, list(hotwords or []), hotword_weight, most, threads)
        return [[(text, None, words, labels, score) for text, words, labels, score in beams] for beams in found]

    def decode_beams(
        self,
        logits: Logits,
        beam_width: int = 100,
        beam_prune_logp: float = -10.0,
        token_min_logp: float = -5.0,
        prune_history: bool = False,
        hotwords: Optional[Iterable[str]] = None,
        hotword_weight: float = 10.0,
    ) -> list[OutputBeam]:
        """Returns the best texts with the frames of their words and their scores, the best first."""
        options = (beam_width, beam_prune_logp, token_min_logp, prune_history, hotwords, hotword_weight)
        return self._decode([logits], *options, most=beam_width, threads=1)[0]

    def decode(
        self,
        logits: Logits,
        beam_width: int = 100,
        beam_prune_logp: float = -10.0,
        token_min_logp: float = -5.0,
        hotwords: Optional[Iterable[str]] = None,
        hotword_weight: float = 10.0,
    ) -> str:
        """Returns the best text."""
        options = (beam_width, beam_prune_logp, token_min_logp, True, hotwords, hotword_weight)
        return self._decode([logits], *options, most=1, threads=1)[0][0][0]

    def decode_beams_batch(
        self,
        pool: object,
        logits_list: Iterable[Logits],
        beam_width: int = 100,
        beam_prune_logp: float = -10.0,
        token_min_logp: float = -5.0,
        prune_history: bool = False,
        hotwords: Optional[Iterable[str]] = None,
        hotword_weight: float = 10.0,
        *,
        threads: Optional[int] = None,
    ) -> list[list[OutputBeam]]:
        """Decodes recordings by threads, all cores by default. `pool` may be None."""
        options = (beam_width, beam_prune_logp, token_min_logp, prune_history, hotwords, hotword_weight)
        return self._decode(logits_list, *options, most=beam_width, threads=threads)

    def decode_batch(
        self,
        pool: object,
        logits_list: Iterable[Logits],
        beam_width: int = 100,
        beam_prune_logp: float = -10.0,
        token_min_logp: float = -5.0,
        hotwords: Optional[Iterable[str]] = None,
        hotword_weight: float = 10.0,
        *,
        threads: Optional[int] = None,
    ) -> list[str]:
        """Returns the best text of each recording, by threads, all cores by default. `pool` may be None."""
        options = (beam_width, beam_prune_logp, token_min_logp, True, hotwords, hotword_weight)
        found = self._decode(logits_list, *options, most=1, threads=threads)
        return [beams[0][0] for beams in found]

    def save_to_dir(self, filepath: _Path) -> None:
        """Writes the decoder to a folder, in the form of pyctcdecode's: `alphabet.json`, and `language_model` with the
        model's file, `attrs.json` and `unigrams.txt`.

        The folder can be given to `from_pretrained` of transformers' `Wav2Vec2ProcessorWithLM`, which asks pyctcdecode to read
        it. That only takes models named `.arpa`, `.bin` or `.binary`, so a file of another name gets `.bin` after it."""
        folder = os.fspath(filepath)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "alphabet.json"), "w", encoding="utf-8") as file:
            json.dump({"labels": self._labels, "is_bpe": self._decoder.has_pieces}, file)
        if self._path is None:
            return
        inner = os.path.join(folder, "language_model")
        os.makedirs(inner, exist_ok=True)
        names = ("alpha", "beta", "unk_score_offset", "score_boundary")
        with open(os.path.join(inner, "attrs.json"), "w", encoding="utf-8") as file:
            json.dump(dict(zip(names, self._params)), file)
        with open(os.path.join(inner, "unigrams.txt"), "w", encoding="utf-8") as file:
            file.writelines(word + "\n" for word in self._unigrams or [])
        name = os.path.basename(self._path)
        if os.path.splitext(name)[1] not in (".arpa", ".bin", ".binary"):
            name += ".bin"
        shutil.copy2(self._path, os.path.join(inner, name))

    @classmethod
    def load_from_dir(cls, filepath: _Path) -> BeamSearchDecoderCTC:
        """Reads a decoder from a folder that `save_to_dir` wrote, here or in pyctcdecode."""
        folder = os.fspath(filepath)
        with open(os.path.join(folder, "alphabet.json"), encoding="utf-8") as file:
            labels = json.load(file)["labels"]
        inner = os.path.join(folder, "language_model")
        if not os.path.isdir(inner):
            return cls(labels)
        with open(os.path.join(inner, "attrs.json"), encoding="utf-8") as file:
            attrs = json.load(file)
        with open(os.path.join(inner, "unigrams.txt"), encoding="utf-8") as file:
            unigrams = file.read().splitlines()
        others = sorted(set(os.listdir(inner)) - {"attrs.json", "unigrams.txt"})
        if len(others) != 1:
            raise ValueError(f"{inner} holds {len(others)} models: leave one")
        return cls(
            labels,
            os.path.join(inner, others[0]),
            unigrams or None,
            alpha=attrs["alpha"],
            beta=attrs["beta"],
            unk_score_offset=attrs["unk_score_offset"],
            lm_score_boundary=attrs["score_boundary"],
        )


def build_ctcdecoder(
    labels: Sequence[str],
    kenlm_model_path: Optional[_Path] = None,
    unigrams: Optional[Collection[str]] = None,
    alpha: float = 0.5,
    beta: float = 1.5,
    unk_score_offset: float = -10.0,
    lm_score_boundary: bool = True,
) -> BeamSearchDecoderCTC:
    """Returns a decoder for an alphabet and a model.

    `labels` are those of the recogniser, in its order. `kenlm_model_path` is an ARPA file, a binary file of KenLM's or a native
    model. `unigrams` are the words that are known: for an ARPA file and a native model by default all of its words, as with
    pyctcdecode for ARPA files; without them, a beginning of a word cannot be told from others, and costs as an unknown one.
    `alpha` weighs the model, `beta` is the bonus of a word, `unk_score_offset` the malus of an unknown one (log10), and
    `lm_score_boundary` says whether a text begins after `<s>` and ends with `</s>`.
    """
    path = None if kenlm_model_path is None else os.fspath(kenlm_model_path)
    if unigrams is None and path is not None and not _is_binary_of_kenlm(path):
        unigrams = list(Model.open(path).vocab)
    return BeamSearchDecoderCTC(
        labels,
        path,
        unigrams,
        alpha=alpha,
        beta=beta,
        unk_score_offset=unk_score_offset,
        lm_score_boundary=lm_score_boundary,
    )


def _is_binary_of_kenlm(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(6) == b"mmap l"
