"""Tests the package as users see it, on small texts with numbers computed by hand or by KenLM."""

import collections.abc
import copy
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

import ngram_lm
from ngram_lm import kenlm

TEXT = ["the cat sat", "the cat ran", "the dog sat"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.ngram"
    return ngram_lm.train(TEXT, path, order=2, smoothing="witten-bell", closed=True)


@pytest.fixture(scope="module")
def arpa(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("arpa") / "model.arpa"
    model.to_arpa(path)
    return str(path)


def test_scores_are_those_worked_by_hand(model):
    tokens = model.tokens("the cat")
    # Witten-Bell: p(cat|the) = 2/5 + 2/5 * 10/63; see the documentation of ngram-model.
    assert math.isclose(10 ** tokens[1].log10, 146 / 315, rel_tol=1e-6)
    assert [token.order for token in tokens[:2]] == [2, 2] and tokens[2].word == "</s>"
    assert math.isclose(model.score("the cat"), sum(token.log10 for token in tokens), rel_tol=1e-6)
    assert math.isclose(tokens[1].bits, -math.log2(10 ** tokens[1].log10), rel_tol=1e-6)
    assert model.tokens("bird")[0].oov and "bird" not in model and "cat" in model


@pytest.mark.parametrize("method", ["generate", "to_arpa", "save", "evaluate"])
def test_ctrl_c_stops_long_work(model, tmp_path, method):
    path = tmp_path / "out"
    work = {
        "generate": lambda: model.generate(10**10),
        # Small work is done again and again, so that the signal meets some of it.
        "to_arpa": lambda: model.to_arpa(path),
        "save": lambda: model.save(path),
        "evaluate": lambda: model.evaluate("the cat sat" for _ in range(10**9)),
    }[method]
    timer = threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT])
    begun = time.monotonic()
    # A shell starts what is in the background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        while True:
            work()
    assert time.monotonic() - begun < 10
    assert set(os.listdir(tmp_path)) <= {"out"}


def test_many_are_as_each(model):
    numpy = pytest.importorskip("numpy")
    lines = [*TEXT, "", "bird", "the cat and the dog"] * 300
    each = [model.score(line) for line in lines]
    assert list(model.score_many(lines, threads=2)) == each
    assert list(model.score_many(numpy.array(lines))) == each
    with pytest.raises(TypeError, match="sentence 1"):
        model.score_many(["a", 1])


@pytest.mark.parametrize("history", ["", "the", "the cat", "bird"])
def test_next_words_sum_to_one(model, history):
    numpy = pytest.importorskip("numpy")
    logprobs = model.next_logprobs(history)
    assert logprobs.dtype == numpy.float32 and len(logprobs) == len(model.vocab)
    assert math.isclose((10.0 ** logprobs.astype(float)).sum(), 1, rel_tol=1e-6)


def test_vocabulary(model):
    words = list(model.vocab)
    assert words[:3] == ["<unk>", "<s>", "</s>"] and len(words) == len(model.vocab) == 8
    assert all(model.vocab.index(word) == number for number, word in enumerate(words))
    with pytest.raises(IndexError):
        model.vocab[8]


def test_vocabulary_is_a_sequence(model):
    vocab, words = model.vocab, list(model.vocab)
    assert isinstance(vocab, collections.abc.Sequence)
    for part in [slice(3), slice(None), slice(-3, None), slice(1, 7, 2), slice(None, None, -1), slice(9, 2)]:
        assert vocab[part] == words[part]
    assert vocab[-1] == words[-1] and list(reversed(vocab)) == words[::-1]
    assert vocab.count(words[4]) == 1 and vocab.count("no such word") == 0
    assert vocab.index(words[4], 4, 5) == vocab.index(words[4], -4) == 4
    with pytest.raises(ValueError):
        vocab.index(words[4], 5)
    with pytest.raises(TypeError):
        vocab["the"]


def test_lists_of_tokens_are_sentences(tmp_path):
    lines = ["the cat sat .", "don't the dog", ""]
    tokens = [line.split() for line in lines]
    of_lines = ngram_lm.train(lines, tmp_path / "a.ngram", order=2, tokenizer="whitespace")
    for listed in [tokens, iter(tokens), [tuple(line) for line in tokens]]:
        of_tokens = ngram_lm.train(listed, tmp_path / "b.ngram", order=2, tokenizer="whitespace")
        assert (tmp_path / "a.ngram").read_bytes() == (tmp_path / "b.ngram").read_bytes()
    each = [of_lines.score(line) for line in lines]
    assert [of_tokens.score(line) for line in tokens] == list(of_tokens.score_many(tokens)) == each
    assert [token.word for token in of_tokens.tokens(tokens[0])] == [*tokens[0], "</s>"]
    of_file, of_list = of_lines.evaluate(lines), of_lines.evaluate(tokens)
    for timing in ["seconds", "tokens_per_second"]:
        del of_file[timing], of_list[timing]
    assert of_file == of_list
    for bad, message in [(["new york"], "white space"), ([""], "empty"), (["a", "b\n"], "token 1")]:
        with pytest.raises(ValueError, match=message):
            of_tokens.score(bad)
    with pytest.raises(TypeError, match="token 0"):
        of_tokens.score([1])


def test_tokens_that_would_be_split_again_are_refused(model, tmp_path):
    with pytest.raises(ValueError, match="would split again"):
        model.score(["the", "cat"])
    with pytest.raises(ValueError, match="sentence 1 is a list of tokens"):
        ngram_lm.train([["the", "cat"]], tmp_path / "m.ngram", tokenizer="words")
    # Without a tokenizer, lists of tokens are taken as they are.
    assert ngram_lm.train([["the", "cat."]], tmp_path / "m.ngram", order=2).tokenizer == "whitespace"


def test_evaluates_files_and_sentences_alike(model, tmp_path):
    path = tmp_path / "held-out.txt"
    path.write_text("the cat\nbird\n")
    of_file, of_list = model.evaluate(path), model.evaluate(["the cat", "bird\n"])
    assert of_file["tokens"] == 5 and of_file["oovs"] == 1
    assert of_file["log10_prob"] == of_list["log10_prob"]
    assert math.isclose(of_file["log10_prob"], model.score("the cat") + model.score("bird"))


def test_survives_pickling_saving_and_arpa(model, arpa, tmp_path):
    model.save(tmp_path / "copy.ngram")
    copies = [
        pickle.loads(pickle.dumps(model)),
        ngram_lm.Model.open(tmp_path / "copy.ngram"),
        ngram_lm.Model.open(arpa),
        pickle.loads(pickle.dumps(ngram_lm.Model.from_bytes(open(arpa, "rb").read()))),
    ]
    for copy in copies:
        assert copy.score("the cat ran home") == model.score("the cat ran home")


def test_generates_what_the_seed_says(model):
    assert model.generate(5, seed=7) == model.generate(5, seed=7)
    assert all(set(text.split()) <= {"cat", "the"} for text in model.generate(9, only=["cat", "the"]))


def test_says_what_is_wrong(tmp_path, model):
    with pytest.raises(FileNotFoundError, match="none.ngram"):
        ngram_lm.Model.open("none.ngram")
    with pytest.raises(ValueError, match="smoothing|method"):
        ngram_lm.train(TEXT, tmp_path / "m", smoothing="magic")
    with pytest.raises(ZeroDivisionError):
        ngram_lm.train((1 // 0 for _ in range(1)), tmp_path / "m")
    with pytest.raises(ValueError, match="sentence 1"):
        ngram_lm.train(["a\nb"], tmp_path / "m")
    path = tmp_path / "a.txt"
    path.write_text("a b\n")
    with pytest.raises(ValueError, match="pathlib"):
        ngram_lm.train([str(path)], tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_kenlm_face(arpa, model):
    lm = kenlm.Model(arpa)
    assert lm.order == 2 and lm.path == os.fsencode(arpa) and repr(lm) == "<Model from b'model.arpa'>"
    sentence = "the cat\tbird "
    full = list(lm.full_scores(sentence))
    assert [(length, oov) for _, length, oov in full] == [(2, False), (2, False), (1, True), (1, False)]
    assert math.isclose(lm.score(sentence), sum(score for score, _, _ in full), rel_tol=1e-6)
    assert lm.score(sentence.encode()) == lm.score(sentence)
    assert math.isclose(lm.perplexity(sentence), 10 ** (-lm.score(sentence) / 4))
    state, out, total = kenlm.State(), kenlm.State(), 0.0
    lm.BeginSentenceWrite(state)
    for word in ["the", "cat", "bird", "</s>"]:
        total += lm.BaseScore(state, word, out)
        state, out = out, state
    assert math.isclose(total, lm.score(sentence), rel_tol=1e-6)
    lm.NullContextWrite(state)
    other = kenlm.State()
    lm.NullContextWrite(other)
    assert state == other and hash(state) == hash(other)
    assert lm.BaseFullScore(state, "bird", out).oov
    assert "cat" in lm and b"cat" in lm and "bird" not in lm
    assert pickle.loads(pickle.dumps(lm)).score("the") == lm.score("the")
    with pytest.raises(OSError, match="Cannot read model 'none'"):
        kenlm.LanguageModel("none", kenlm.Config())


def test_states_are_equal_where_nothing_that_follows_can_tell_them_apart(arpa):
    lm = kenlm.Model(arpa)
    null = kenlm.State()
    lm.NullContextWrite(null)

    def after(text):
        state, out = kenlm.State(), kenlm.State()
        lm.BeginSentenceWrite(state)
        for word in text.split():
            lm.BaseScore(state, word, out)
            state, out = out, state
        return state

    # Nothing begins with <unk> or </s>; after "cat", an order of 2 forgets what was before.
    assert after("the bird") == after("</s>") == null
    assert after("the cat") == after("bird cat") == copy.copy(after("cat"))
    assert after("the") != after("cat") and after("the") != null
    assert len({after("the cat"), after("cat"), after("the"), after("bird"), null}) == 3
    # A state may be taken and given at once.
    state = after("the")
    assert lm.BaseScore(state, "cat", state) == lm.BaseScore(after("the"), "cat", kenlm.State())
    assert state == after("cat")


def test_scores_after_a_fork(arpa):
    model = ngram_lm.Model.open(arpa)
    pytest.importorskip("numpy")
    expected = list(model.score_many(TEXT, threads=2))
    child = os.fork()
    if child == 0:
        os._exit(0 if list(model.score_many(TEXT, threads=2)) == expected else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_kenlm_face_reads_unknown_words_as_kenlm_does(tmp_path):
    """The totals are those of KenLM 0.3.0: `<UNK>` is `<unk>`, the last of both counts, and other names are words."""
    head = "-99\t<s>\t-0.3\n-0.6\t</s>\n-0.7\ta\t-0.2\n"
    for unigrams, name, total in [
        ("-1.5\t<unk>\t-0.05\n" + head + "-0.9\t<UNK>\t-0.15\n", "<UNK>", -0.4 - 0.35 - 0.2),
        (head + "-0.9\t<UNK>\t-0.15\n", "<UNK>", -0.4 - 0.35 - 0.2),
        (head + "-0.9\t[UNK]\t-0.15\n", "[UNK]", -0.4 - 100.2 - 0.6),
    ]:
        bigrams = f"-0.4\t<s> a\n-0.35\ta {name}\n-0.2\t{name} </s>\n"
        counts = f"ngram 1={unigrams.count(chr(10))}\nngram 2=3"
        path = tmp_path / "m.arpa"
        path.write_text(f"\\data\\\n{counts}\n\n\\1-grams:\n{unigrams}\n\\2-grams:\n{bigrams}\n\\end\\\n")
        assert kenlm.Model(str(path)).score("a x") == pytest.approx(total, abs=1e-4)


def test_an_unchanged_program_finds_kenlm(arpa, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import sys, kenlm\nprint(kenlm.LanguageModel(sys.argv[1]).score('the cat'))\n")
    command = [sys.executable, "-m", "ngram_lm.kenlm", str(program), arpa]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) == kenlm.Model(arpa).score("the cat")


def test_no_output_is_an_input(tmp_path):
    text, dev, path = tmp_path / "t.txt", tmp_path / "d.txt", tmp_path / "m.ngram"
    text.write_text("the cat sat\nthe dog sat\n")
    dev.write_text("the cat ran\n")
    for given, held_out, output in [(text, None, text), (str(text), None, text), ([text], dev, dev)]:
        before = output.read_bytes()
        with pytest.raises(ValueError, match="would replace .*, an input"):
            ngram_lm.train(given, output, order=2, dev=held_out)
        assert output.read_bytes() == before
    model = ngram_lm.train(text, path, order=2)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="would replace .*, an input"):
        model.to_arpa(path)
    assert path.read_bytes() == before


def test_a_model_that_changed_gives_no_figures(tmp_path):
    path = tmp_path / "m.ngram"
    model = ngram_lm.train(TEXT, path, order=2)
    os.utime(path, (1, 1))
    for use in [
        lambda: model.evaluate(TEXT),
        lambda: model.score_many(TEXT),
        lambda: model.generate(2),
        lambda: model.next_logprobs("the"),
        lambda: model.to_arpa(tmp_path / "m.arpa"),
        lambda: model.save(tmp_path / "copy"),
    ]:
        with pytest.raises(ValueError, match="was changed by another program"):
            use()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m.ngram"]
