"""Results that are plain values, and that notebooks show."""

from __future__ import annotations

import html
import importlib
import json
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _frame(columns: dict[str, Any], library: str | None) -> Any:
    """Returns a table of pandas or polars: of the one named, else of the first that is installed."""
    for name in [library] if library else ["pandas", "polars"]:
        if name not in ("pandas", "polars"):
            raise ValueError(f"frames are of pandas or polars, not of {name}")
        try:
            return importlib.import_module(name).DataFrame(columns)
        except ImportError:
            continue
    raise ImportError("a frame needs pandas or polars: pip install pandas")


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    def cell(value: Any) -> str:
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        align = "right" if isinstance(value, (int, float)) else "left"
        return f'<td style="text-align:{align}"><bdi>{html.escape(text)}</bdi></td>'

    names = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(map(cell, row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _scalars(report: dict[str, Any]) -> dict[str, Any]:
    """Returns the figures of a report that are single values; those of a part are named after it."""
    figures: dict[str, Any] = {}
    for name, value in report.items():
        if isinstance(value, dict):
            figures |= {f"{name}.{inner}": figure for inner, figure in _scalars(value).items()}
        elif isinstance(value, (int, float, str, bool)):
            figures[name] = value
    return figures


class Report(dict[str, Any]):
    """A report of the program, as its JSON has it: a dictionary that notebooks show as a table."""

    def _rows(self) -> list[dict[str, Any]]:
        """The figures of each model that is compared, or of the report as a whole."""
        models = self.get("models")
        return [_scalars(model) for model in models] if models else [_scalars(self)]

    def _repr_html_(self) -> str:
        rows = self._rows()
        names = list(dict.fromkeys(name for row in rows for name in row))
        head = [str(row.get("name", "value")) for row in rows]
        table = [[name, *(row.get(name, "") for row in rows)] for name in names if name != "name"]
        return _table(["figure", *head], table) + self._pairs()

    def _pairs(self) -> str:
        """The comparisons two by two, in bits per character."""
        rows = []
        for pair in self.get("pairs", []):
            bits = pair["bits_per_character"] or {}
            interval = bits.get("interval") or {}
            figures = [bits.get("difference"), interval.get("low"), interval.get("high"), bits.get("p_value")]
            rows.append([pair["first"], pair["other"], *("" if value is None else value for value in figures)])
        head = ["first", "other", "difference in bits per character", "from", "to (95 %)", "p"]
        return _table(head, rows) if rows else ""

    def to_frame(self, library: str | None = None) -> Any:
        """Returns the figures as a DataFrame of pandas or polars: a row, or one for each model that is compared."""
        rows = self._rows()
        names = list(dict.fromkeys(name for row in rows for name in row))
        return _frame({name: [row.get(name) for row in rows] for name in names}, library)


class Explanation(dict[str, Any]):
    """A sentence and where its score comes from, as `ngram explain --json` has it.

    Notebooks show the sentence with each token coloured by its surprisal in bits.
    """

    @property
    def tokens(self) -> list[dict[str, Any]]:
        """The tokens: token, oov, probability, log10_prob, bits, matched, derivation."""
        tokens: list[dict[str, Any]] = self["tokens"]
        return tokens

    @property
    def bits(self) -> float:
        """The information of the sentence and its end in bits."""
        return float(self["total"]["bits"])

    def _repr_html_(self) -> str:
        spans = []
        for token in self.tokens:
            bits = token["bits"]
            shown = "∞" if bits is None else f"{bits:.2f}"
            # White at 0 bits, red from 16 on.
            strength = 0.85 * min(1.0, (16.0 if bits is None else bits) / 16.0)
            oov = ", OOV" if token["oov"] else ""
            title = html.escape(f"{shown} bits, order {token['matched']}{oov}", quote=True)
            style = f"background:rgba(220,60,40,{strength:.2f});padding:1px 3px;border-radius:3px"
            spans.append(f'<span style="{style}" title="{title}"><bdi>{html.escape(token["token"])}</bdi></span>')
        total = self["total"]
        figures = f"{total['bits']:.2f} bits in {total['tokens']} tokens"
        return f'<div dir="auto" style="line-height:1.9">{" ".join(spans)}</div><small>{figures}</small>'

    def to_frame(self, library: str | None = None) -> Any:
        """Returns a row for each token as a DataFrame of pandas or polars."""
        names = ["token", "oov", "probability", "log10_prob", "bits", "matched"]
        return _frame({name: [token[name] for token in self.tokens] for name in names}, library)


class NextWords(Sequence[tuple[str, float]]):
    """The most probable next words, each with its probability, the most probable first."""

    def __init__(self, rows: Sequence[tuple[str, float, int]]) -> None:
        self._rows = list(rows)

    @property
    def words(self) -> list[str]:
        """The words."""
        return [word for word, _, _ in self._rows]

    @property
    def log10_probs(self) -> list[float]:
        """log10 of their probabilities."""
        return [log10 for _, log10, _ in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return NextWords(self._rows[index])
        word, log10, _ = self._rows[index]
        return word, 10.0**log10

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return ((word, 10.0**log10) for word, log10, _ in self._rows)

    def __repr__(self) -> str:
        return f"NextWords({list(self)!r})"

    def _columns(self) -> dict[str, list[Any]]:
        return {
            "word": self.words,
            "probability": [10.0**log10 for log10 in self.log10_probs],
            "bits": [-log10 * math.log2(10) for log10 in self.log10_probs],
            "order": [order for _, _, order in self._rows],
        }

    def _repr_html_(self) -> str:
        columns = self._columns()
        return _table(list(columns), list(zip(*columns.values())))

    def to_frame(self, library: str | None = None) -> Any:
        """Returns a row for each word as a DataFrame of pandas or polars."""
        return _frame(self._columns(), library)


class Documents:
    """Figures of documents, as columns: `documents["perplexity"]` is a NumPy array."""

    def __init__(self, columns: Sequence[tuple[str, NDArray[Any]]], missing: Sequence[int]) -> None:
        self._columns = dict(columns)
        self._missing = list(missing)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    @property
    def missing(self) -> list[int]:
        """The numbers of the documents that were None."""
        return self._missing

    def __len__(self) -> int:
        return len(self._columns["tokens"])

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self._columns[name]

    def keys(self) -> list[str]:
        """The names of the columns, so that `dict(documents)` works."""
        return list(self._columns)

    def __repr__(self) -> str:
        return f"<Documents: {len(self)}, with {', '.join(self._columns)}>"

    def _repr_html_(self) -> str:
        shown = [[column[row].item() for column in self._columns.values()] for row in range(min(len(self), 20))]
        more = f"<small>{len(self)} documents</small>"
        return _table(self.columns, shown) + more

    def to_frame(self, library: str | None = None) -> Any:
        """Returns a row for each document as a DataFrame of pandas or polars."""
        return _frame(self._columns, library)

    def to_arrow(self) -> Any:
        """Returns a table of pyarrow, with nulls for the documents that were None."""
        import numpy
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]

        mask = numpy.zeros(len(self), dtype=bool)
        mask[self._missing] = True
        columns = {name: pyarrow.array(column, mask=mask) for name, column in self._columns.items()}
        return pyarrow.table(columns)


def _report(text: str, told: Sequence[str] = ()) -> Report:
    for warning in told:
        warnings.warn(warning, stacklevel=3)
    return Report(json.loads(text))


def _explanation(text: str) -> Explanation:
    return Explanation(json.loads(text))


_next = NextWords
_documents = Documents
