"""Threads, forks, Ctrl-C and what else can come between: a result, an exception, or a clean end of the process."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import ngram_lm
from ngram_lm import kenlm

TEXT = ["the cat sat", "the cat ran", "the dog sat"]
# Seconds after which a process hangs.
LONG = 60


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.ngram"
    ngram_lm.train(TEXT * 50, path, order=3, smoothing="witten-bell")
    return path


@pytest.fixture(scope="module")
def arpa(path, tmp_path_factory):
    arpa = tmp_path_factory.mktemp("arpa") / "model.arpa"
    ngram_lm.Model.open(path).to_arpa(arpa)
    return arpa


def run(program, *arguments):
    """Runs a program of Python's in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONG)


USES = {
    "score": "model.score('the cat sat on ' * 100)",
    "score_many": "model.score_many(['the cat sat'] * 5000, threads=2)",
    "evaluate": "model.evaluate('the cat sat' for _ in range(20000))",
    "next_logprobs": "model.next_logprobs('the')",
    "generate": "model.generate(500)",
    "train": "ngram_lm.train(('the cat sat' for _ in range(20000)), folder + '/out', order=2, smoothing='witten-bell')",
    "to_arpa": "model.to_arpa(folder + '/out.arpa')",
    "kenlm": "face.score('the cat sat on ' * 100)",
}


@pytest.mark.parametrize("use", USES)
def test_the_interpreter_ends_while_threads_work(path, arpa, tmp_path, use):
    pytest.importorskip("numpy")
    program = f"""
        import sys, threading, time
        import numpy, ngram_lm
        from ngram_lm import kenlm
        path, arpa, folder = sys.argv[1:]
        model, face = ngram_lm.Model.open(path), kenlm.Model(arpa)
        begun = threading.Event()
        def work():
            while True:
                {USES[use]}
                begun.set()
        for _ in range(2):
            threading.Thread(target=work, daemon=True).start()
        begun.wait(20)
        time.sleep(0.05)
        print("end", flush=True)
    """
    for _ in range(3):
        done = run(program, path, arpa, tmp_path)
        assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr
        assert "panicked" not in done.stderr


def test_one_model_in_many_threads_gives_the_scores_of_one(path, arpa):
    pytest.importorskip("numpy")
    model, face = ngram_lm.Model.open(path), kenlm.Model(str(arpa))
    lines = TEXT + ["", "a bird sat"]
    expected = [(model.score(line), face.score(line)) for line in lines]
    many = list(model.score_many(lines * 300))
    wrong = []

    def work(threads):
        for _ in range(20):
            if [(model.score(line), face.score(line)) for line in lines] != expected:
                wrong.append("each")
            if list(model.score_many(lines * 300, threads=threads)) != many:
                wrong.append("many")

    workers = [threading.Thread(target=work, args=[1 + number % 3]) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.parametrize("use", USES)
def test_all_works_after_a_fork(path, arpa, tmp_path, use):
    pytest.importorskip("numpy")
    # The parent has used everything, so that there are threads which the child lacks.
    program = f"""
        import os, sys
        import numpy, ngram_lm
        from ngram_lm import kenlm
        path, arpa, folder = sys.argv[1:]
        model, face = ngram_lm.Model.open(path), kenlm.Model(arpa)
        def work():
            {USES[use]}
        work()
        child = os.fork()
        if child == 0:
            work()
            ngram_lm.Model.open(path), kenlm.Model(arpa)
            os._exit(7)
        work()
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = run(program, path, arpa, tmp_path)
    assert done.returncode == 7, done.stderr


class Odd(Exception):
    pass


def raising(after):
    for number in range(after):
        yield f"the cat sat {number % 1000}"
    raise Odd(after)


@pytest.mark.parametrize("after", [0, 1, 1000, 100_000])
def test_an_exception_of_an_iterable_comes_through_and_leaves_the_old_file(tmp_path, path, after):
    out = tmp_path / "m.ngram"
    out.write_bytes(b"an hour's work")
    with pytest.raises(Odd) as raised:
        ngram_lm.train(raising(after), out, order=3, temp_dir=tmp_path, memory=128 << 20)
    assert raised.value.args == (after,)
    with pytest.raises(Odd):
        ngram_lm.train(TEXT, out, order=2, dev=raising(after), smoothing="jelinek-mercer")
    assert out.read_bytes() == b"an hour's work" and os.listdir(tmp_path) == ["m.ngram"]
    model = ngram_lm.Model.open(path)
    with pytest.raises(Odd):
        model.evaluate(raising(after))
    with pytest.raises(Odd):
        model.score_many(raising(after))


@pytest.mark.parametrize("line", ["the \ud800 cat", "\udfff", "a\udc80"])
def test_surrogates_are_no_text(path, arpa, tmp_path, line):
    model, face = ngram_lm.Model.open(path), kenlm.Model(str(arpa))
    out = tmp_path / "m.ngram"
    for use in [
        lambda: model.score(line),
        lambda: model.score_many(["the", line]),
        lambda: model.tokens(line),
        lambda: model.evaluate(["the", line]),
        lambda: model.next_logprobs(line),
        lambda: model.generate(1, prompt=line),
        lambda: model.generate(1, only=[line]),
        lambda: line in model,
        lambda: ngram_lm.train(["the", line], out),
        lambda: ngram_lm.train(TEXT, out, vocab=[line]),
        lambda: ngram_lm.train(TEXT, out, tokenizer=line),
        lambda: face.score(line),
        lambda: line in face,
    ]:
        with pytest.raises(UnicodeEncodeError):
            use()
    assert os.listdir(tmp_path) == []


def test_nul_separates_words_and_is_in_no_path(path, arpa, tmp_path):
    spaced = ngram_lm.train(TEXT, tmp_path / "m.ngram", order=2, tokenizer="whitespace", smoothing="witten-bell")
    assert spaced.score("the\0cat sat") == spaced.score("the cat sat")
    face = kenlm.Model(str(arpa))
    assert face.score("the\0cat") == face.score("unknown")
    model = ngram_lm.Model.open(path)
    assert "the\0" not in model and model.evaluate(["the\0cat"]) is not None
    before = sorted(os.listdir(tmp_path))
    for use in [
        lambda: ngram_lm.Model.open("a\0b"),
        lambda: kenlm.Model("a\0b"),
        lambda: model.to_arpa(tmp_path / "a\0b"),
        lambda: model.save(tmp_path / "a\0b"),
        lambda: ngram_lm.train(TEXT, tmp_path / "a\0b"),
        lambda: ngram_lm.train("a\0b", tmp_path / "c"),
    ]:
        with pytest.raises((ValueError, OSError)):
            use()
    assert sorted(os.listdir(tmp_path)) == before


def test_a_model_that_is_cut_short_is_as_it_was_or_an_exception(path, tmp_path):
    """The length is what matters: a model of this size is read when it is opened."""
    copy = tmp_path / "m.ngram"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, (1, 1))
    program = """
        import os, sys
        import ngram_lm
        model = ngram_lm.Model.open(sys.argv[1])
        expected = model.score("the cat sat")
        os.truncate(sys.argv[1], 100)
        assert model.score("the cat sat") == expected
        for use in [lambda: model.evaluate(["the cat"]), lambda: model.save(sys.argv[1] + "2")]:
            try:
                use()
                sys.exit("no exception")
            except ValueError as error:
                assert "was changed by another program" in str(error)
    """
    done = run(program, copy)
    assert done.returncode == 0, done.stderr
    assert os.listdir(tmp_path) == ["m.ngram"]


def test_ctrl_c_stops_the_opening_of_an_arpa_file(tmp_path):
    arpa = tmp_path / "m.arpa"
    with open(arpa, "w") as file:
        file.write("\\data\\\nngram 1=3000003\n\n\\1-grams:\n-9\t<unk>\n-99\t<s>\n-9\t</s>\n")
        file.writelines(f"-7\tw{number}\n" for number in range(3_000_000))
        file.write("\n\\end\\\n")
    for open_model in [ngram_lm.Model.open, lambda path: kenlm.Model(str(path))]:
        timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT])
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            timer.start()
            open_model(arpa)
            # It was faster than the signal.
            time.sleep(10)
        assert time.monotonic() - begun < 8


def test_ctrl_c_stops_what_follows_the_reading_of_an_arpa_file(tmp_path):
    """N-grams are read in their order, so that most of the time goes to sorting them."""
    arpa = tmp_path / "m.arpa"
    words, pairs = 1000, 600_000
    with open(arpa, "w") as file:
        file.write(f"\\data\\\nngram 1={words + 3}\nngram 2={pairs}\nngram 3={pairs}\n\n")
        file.write("\\1-grams:\n-9\t<unk>\n-99\t<s>\n-9\t</s>\n")
        file.writelines(f"-4\tw{number}\t-1\n" for number in range(words))
        file.write("\n\\2-grams:\n")
        file.writelines(f"-1\tw{n % words} w{n // words}\t-1\n" for n in range(pairs))
        file.write("\n\\3-grams:\n")
        file.writelines(f"-1\tw{n % words} w{n // words} w{n % 7}\n" for n in range(pairs))
        file.write("\n\\end\\\n")
    begun = time.monotonic()
    ngram_lm.Model.open(arpa)
    whole = time.monotonic() - begun
    for share in [0.3, 0.5, 0.7]:
        sent = []
        timer = threading.Timer(whole * share, lambda: (sent.append(time.monotonic()), os.kill(os.getpid(), signal.SIGINT)))
        with pytest.raises(KeyboardInterrupt):
            timer.start()
            ngram_lm.Model.open(arpa)
            # It was faster than the signal.
            time.sleep(10)
        assert time.monotonic() - sent[0] < 8


def test_ctrl_c_stops_the_scoring_of_many_sentences(path):
    pytest.importorskip("numpy")
    model = ngram_lm.Model.open(path)
    lines = ["the cat sat on the mat " * 200] * 200_000
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        while True:
            model.score_many(lines)
    assert time.monotonic() - begun < 8
