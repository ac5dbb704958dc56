"""Tests what `ngram_lm` reads, and what its results are."""

import json
import math
import os
import subprocess
import sys

import pytest

import ngram_lm
from ngram_lm import kenlm

TEXT = ["the cat sat", "the cat ran", "the dog sat"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.ngram"
    return ngram_lm.train(TEXT, path, order=2, smoothing="witten-bell", closed=True, tokenizer="whitespace")


@pytest.fixture(scope="module")
def binary(model, tmp_path_factory):
    """The model as hash tables of KenLM's, written by the program."""
    path = str(tmp_path_factory.mktemp("kenlm") / "model.arpa.bin")
    ngram_lm.run("export", model.path, path, format="kenlm-probing", quiet=True)
    return path


def test_files_are_read_as_the_program_reads_them(tmp_path):
    records, lines = tmp_path / "a.jsonl", tmp_path / "a.txt"
    records.write_text("".join(json.dumps({"text": line, "n": 1}) + "\n" for line in TEXT))
    lines.write_text("\n".join(TEXT) + "\n")
    of_lines = ngram_lm.train(lines, tmp_path / "l.ngram", order=2)
    of_records = ngram_lm.train(str(records), tmp_path / "r.ngram", order=2)
    assert (tmp_path / "l.ngram").read_bytes() == (tmp_path / "r.ngram").read_bytes()
    of_pattern = ngram_lm.train(str(tmp_path / "*.jsonl"), tmp_path / "p.ngram", order=2)
    assert list(of_pattern.vocab) == list(of_records.vocab)
    assert of_lines.evaluate(records)["tokens"] == of_lines.evaluate(lines)["tokens"] == 12
    assert of_lines.evaluate(records, sentences="document")["tokens"] == 12
    with pytest.raises(ValueError, match="none of the 3 records has a text.*field"):
        ngram_lm.train(records, tmp_path / "x.ngram", field="body")
    with pytest.raises(ValueError, match="none of the 3 records has a text"):
        of_lines.evaluate(records, field="body")
    records.write_text(records.read_text() + '{"n": 2}\n')
    with pytest.warns(UserWarning, match="1 of 4 records"):
        ngram_lm.train(records, tmp_path / "r.ngram", order=2)
    with pytest.raises((ValueError, OSError), match="line 4"):
        ngram_lm.train(records, tmp_path / "r.ngram", order=2, on_bad_record="error")
    with pytest.raises(FileNotFoundError, match="none.txt"):
        ngram_lm.train(tmp_path / "none.txt", tmp_path / "x.ngram")
    assert not (tmp_path / "x.ngram").exists()


def test_parquet_is_read_by_its_own_package(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"text": TEXT}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="to_pylist"):
        ngram_lm.train(tmp_path / "a.parquet", tmp_path / "m.ngram", order=2)
    column = parquet.read_table(tmp_path / "a.parquet")["text"].to_pylist()
    assert "dog" in ngram_lm.train(column, tmp_path / "m.ngram", order=2)


def test_options_are_those_of_the_program(tmp_path):
    lines = [" ".join(f"w{(i * j) % 37}" for j in range(8)) for i in range(200)]
    text = tmp_path / "t.txt"
    text.write_text("\n".join(lines) + "\n")
    options = dict(order=3, smoothing="pitman-yor", strength=0.5, discount=0.7, min_counts=[1, 1, 2], layout="compact")
    ngram_lm.train(text, tmp_path / "python.ngram", memory="50%", temp_dir=tmp_path, threads=1, **options)
    command = ["--order", "3", "--smoothing", "pitman-yor", "--strength", "0.5", "--discount", "0.7"]
    command += ["--min-counts", "1,1,2", "--layout", "compact"]
    program = [sys.executable, "-m", "ngram_lm", "train", text, "-q", "-o", tmp_path / "program.ngram", *command]
    subprocess.run(program, check=True)
    assert (tmp_path / "python.ngram").read_bytes() == (tmp_path / "program.ngram").read_bytes()
    pruned = ngram_lm.train(text, tmp_path / "pruned.ngram", order=3, prune_to="50%")
    assert sum(pruned.ngrams) < 800
    by_order = ngram_lm.train(text, tmp_path / "o.ngram", order=2, smoothing=["witten-bell", "kneser-ney"])
    assert by_order.smoothing is not None
    fitted = ngram_lm.train(text, tmp_path / "f.ngram", order=2, dev=lines[:20], vocab=["w1", "w2"], skip=1)
    assert sorted(fitted.vocab)[3:] == ["w1", "w2"]
    ngram_lm.run("count", text, order=3, output=tmp_path / "t.counts", quiet=True)
    ngram_lm.train(None, tmp_path / "c.ngram", counts=[tmp_path / "t.counts"], order=2)
    ngram_lm.train(text, tmp_path / "d.ngram", order=2)
    assert (tmp_path / "c.ngram").read_bytes() == (tmp_path / "d.ngram").read_bytes()
    with pytest.raises(ValueError, match="--delta is for"):
        ngram_lm.train(text, tmp_path / "x.ngram", delta=2.0)
    with pytest.raises(ValueError, match="order 99"):
        ngram_lm.train(text, tmp_path / "x.ngram", order=99)
    with pytest.raises(TypeError):
        ngram_lm.train(text, tmp_path / "x.ngram", ordre=3)


def test_documents_and_records_are_texts(tmp_path):
    documents = ["the cat sat\nthe cat ran", "the dog sat"]
    rows = [{"text": document} for document in documents]
    ngram_lm.train(TEXT, tmp_path / "a.ngram", order=2)
    for given in [documents, rows, iter(rows)]:
        ngram_lm.train(given, tmp_path / "b.ngram", order=2, sentences="line")
        assert (tmp_path / "a.ngram").read_bytes() == (tmp_path / "b.ngram").read_bytes()
    whole = ngram_lm.train(documents, tmp_path / "c.ngram", order=2, sentences="document")
    assert whole.evaluate(documents, sentences="document")["sentences"] == 2
    with pytest.raises(ValueError, match="item 1 has no field"):
        ngram_lm.train([{"body": "a"}], tmp_path / "x.ngram")


def test_progress_is_told(tmp_path):
    told = []
    lines = ("the cat sat on the mat %d" % (n % 1000) for n in range(300_000))
    ngram_lm.train(lines, tmp_path / "m.ngram", order=4, progress=lambda *stage: told.append(stage))
    assert told and all(len(stage) == 4 and stage[1] >= 0 for stage in told)

    def fails(*_):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        ngram_lm.train(("a b c %d" % n for n in range(10**8)), tmp_path / "x.ngram", progress=fails)
    assert not (tmp_path / "x.ngram").exists()


def test_documents_are_scored_as_columns(model):
    numpy = pytest.importorskip("numpy")
    texts = ["the cat sat\nthe cat ran", None, "bird", ""]
    table = model.score_documents(texts)
    assert len(table) == 4 and table.missing == [1]
    both = model.score("the cat sat") + model.score("the cat ran")
    assert math.isclose(table["log10_prob"][0], both) and numpy.isnan(table["perplexity"][1])
    assert table["tokens"].tolist() == [8, 0, 2, 1] and table["oovs"].tolist() == [0, 0, 1, 0]
    assert math.isclose(table["perplexity"][0], 10 ** (-both / 8))
    assert math.isclose(table["bits_per_byte"][0], -both * math.log2(10) / 24)
    one = model.score_documents(["the cat\nsat"], sentences="document")
    assert math.isclose(one["log10_prob"][0], model.score("the cat sat"))
    assert dict(table).keys() == set(table.columns)
    with pytest.raises(TypeError, match="document 1"):
        model.score_documents(["a", 1])


def test_columns_of_other_packages(model):
    pyarrow, pandas = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    chunked = pyarrow.chunked_array([["the cat", None], ["bird"]])
    table = model.score_documents(chunked)
    assert table.missing == [1] and table.to_arrow()["tokens"].to_pylist() == [3, None, 2]
    frame = model.score_documents(pandas.Series(["the cat", None, float("nan")])).to_frame()
    assert frame["tokens"].tolist() == [3, 0, 0]
    assert model.score_documents(frame["tokens"].astype(str)).missing == []


def test_explanations_and_next_words(model):
    explained = model.explain("the bird")
    assert [token["token"] for token in explained.tokens] == ["the", "bird", "</s>"]
    assert math.isclose(explained.bits, -model.score("the bird") * math.log2(10), rel_tol=1e-6)
    page = explained._repr_html_()
    assert page.count("<span") == 3 and "OOV" in page and "<script" not in page
    assert "&lt;b&gt;" in model.explain("<b>")._repr_html_()
    assert [len(one.tokens) for one in model.explain(["the", "the cat"])] == [2, 3]
    words = model.next("the", top=2)
    assert words[0][0] == "cat" and math.isclose(words[0][1], 146 / 315, rel_tol=1e-5) and len(words) == 2
    assert words.words == ["cat", "dog"] and "<table" in words._repr_html_()
    report = model.evaluate(TEXT)
    assert isinstance(report, dict) and "<table" in report._repr_html_()
    pandas = pytest.importorskip("pandas")
    assert isinstance(explained.to_frame(), pandas.DataFrame) and len(explained.to_frame()) == 3
    assert words.to_frame()["word"].tolist() == ["cat", "dog"] and len(report.to_frame()) == 1


def test_verbs_of_the_program(model, tmp_path):
    text = tmp_path / "t.txt"
    text.write_text("the cat sat\nthe dog ran\n" * 5)
    small = ngram_lm.prune(model, tmp_path / "small.ngram", threshold=0.5)
    assert sum(small.ngrams) <= sum(model.ngrams)
    mixed = ngram_lm.mix([model, small], tmp_path / "mixed.ngram", weights=[0.5, 0.5])
    assert mixed.order == 2
    compared = ngram_lm.compare([model.path, tmp_path / "small.ngram"], text, samples=100)
    assert len(compared["pairs"]) == 1
    assert ngram_lm.convert(model, tmp_path / "c.ngram", layout="compact").score("the cat") == model.score("the cat")
    assert "order 2" in ngram_lm.run("info", model.path)
    with pytest.raises(ValueError, match="none.ngram"):
        ngram_lm.prune("none.ngram", tmp_path / "x.ngram", threshold=1)
    assert ngram_lm.__version__ in subprocess.run(
        [sys.executable, "-m", "ngram_lm", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert subprocess.run([sys.executable, "-m", "ngram_lm", "no-verb"], capture_output=True).returncode == 2


def test_hash_tables_of_kenlm_are_models(model, binary):
    pytest.importorskip("numpy")
    opened = ngram_lm.Model.open(binary)
    assert opened.order == 2 and list(opened.vocab) == list(model.vocab) and opened.smoothing is None
    for line in [*TEXT, "the bird", ""]:
        assert opened.score(line) == model.score(line)
    assert opened.next("the", top=2).words == ["cat", "dog"]
    assert opened.explain("the bird")["total"] == model.explain("the bird")["total"]
    assert list(opened.score_many(TEXT)) == list(model.score_many(TEXT))
    with pytest.raises(ValueError, match="cannot be listed"):
        opened.to_arpa(binary + ".arpa")
    lower = ngram_lm.Model.open(binary, lowercase=True)
    assert lower.score("THE CAT") == model.score("the cat")
    import pickle

    assert pickle.loads(pickle.dumps(lower)).score("THE CAT") == model.score("the cat")
    with pytest.raises(ValueError, match="says itself"):
        ngram_lm.Model.open(model.path, tokenizer="chars")


def test_the_face_of_kenlm_scores_every_file_alike(model, binary, tmp_path):
    arpa, suffix = str(tmp_path / "m.arpa"), tmp_path / "suffix.ngram"
    model.to_arpa(arpa)
    ngram_lm.convert(model, suffix, layout="suffix")
    models = [kenlm.Model(path) for path in (arpa, binary, str(suffix), model.path)]
    for line in ["the cat sat", "the bird sat", "", "sat"]:
        full = [list(map(repr, lm.full_scores(line))) for lm in models]
        assert full[0] == full[1] == full[2] == full[3]
        assert len({lm.score(line) for lm in models}) == 1
    for lm in models:
        state, out, total = kenlm.State(), kenlm.State(), 0.0
        lm.BeginSentenceWrite(state)
        for word in ["the", "cat", "bird", "</s>"]:
            total += lm.BaseScore(state, word, out)
            state, out = out, state
        assert math.isclose(total, lm.score("the cat bird"), rel_tol=1e-6)
        assert "cat" in lm and "bird" not in lm


def test_sentencepiece_models_are_tokenizers(tmp_path):
    files = os.path.join(os.path.dirname(__file__), "../../tokenizer/tests/sentencepiece_files")
    path = os.path.join(files, "unigram.model")
    model = ngram_lm.train(TEXT, tmp_path / "m.ngram", order=2, tokenizer=path)
    assert model.tokenizer.startswith("sentencepiece ") and model.tokens("the")[0].word == "▁the"
