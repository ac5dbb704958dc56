"""The notebook in examples/, cell by cell."""

import json
import os
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_every_cell_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = json.loads((EXAMPLES / "tour.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    text = os.path.relpath(EXAMPLES / "../../../corpora/sample.txt", tmp_path)
    cells[0] = cells[0].replace("../../../corpora/sample.txt", text)
    names: dict = {}
    lacking = []
    for cell in cells:
        try:
            exec(cell, names)
        except ImportError as error:
            lacking.append(str(error))
    assert names["comparison"]["models"][2]["order"] == 3 and len(lacking) <= 2
    page = names["comparison"]._repr_html_()
    assert all(f"tour-{order}.ngram" in page for order in (1, 2, 3, 5)) and "open_vocabulary.bits_per_character" in page
    if lacking:
        pytest.skip(f"all but {len(lacking)} of {len(cells)} cells ran: {'; '.join(lacking)}")
