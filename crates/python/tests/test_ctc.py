"""Tests `ngram_lm.ctc`. `benches/peers/ctc.py` compares it with pyctcdecode."""

import math

import pytest

import ngram_lm
from ngram_lm.ctc import BeamSearchDecoderCTC, build_ctcdecoder

numpy = pytest.importorskip("numpy")

LABELS = ["", " ", *"abcdefghijklmnopqrstuvwxyz"]


@pytest.fixture(scope="module")
def arpa(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ctc")
    text = ["the cat sat", "the cat ran", "the dog sat"] * 3
    model = ngram_lm.train(text, folder / "m.ngram", order=2, tokenizer="whitespace", smoothing="witten-bell", closed=True)
    model.to_arpa(folder / "m.arpa")
    return str(folder / "m.arpa")


def logits(text, other=None):
    """Two frames a letter, a blank after each; `other` is nearly as likely."""
    array = numpy.full((3 * len(text), len(LABELS)), -9.0)
    for place, letter in enumerate(text):
        array[3 * place : 3 * place + 2, LABELS.index(letter)] = 5
        array[3 * place + 2, 0] = 5
        if other is not None:
            array[3 * place : 3 * place + 2, LABELS.index(other[place])] = 5.1
    return array


def test_text_and_frames():
    decoder = build_ctcdecoder(LABELS)
    text, state, words, score, total = decoder.decode_beams(logits("the cat"))[0]
    assert (text, state) == ("the cat", None) and score == total
    assert words == [("the", (0, 8)), ("cat", (12, 20))]
    assert decoder.decode(logits("the cat").astype(numpy.float32)) == "the cat"
    assert decoder.decode(numpy.zeros((0, len(LABELS)))) == ""


def test_a_model_and_hot_words_choose_between_texts(arpa):
    heard = logits("the cat", other="the cbt")
    assert build_ctcdecoder(LABELS).decode(heard) == "the cbt"
    decoder = build_ctcdecoder(LABELS, arpa)
    assert decoder.decode(heard) == "the cat"
    assert decoder.decode(heard, hotwords=["cbt"], hotword_weight=20.0) == "the cbt"
    # alpha ln p + beta for each word: worked from the model's own scores.
    model = ngram_lm.Model.open(arpa)
    _, _, _, score, total = decoder.decode_beams(logits("the cat"))[0]
    expected = 0.5 * model.score("the cat") * math.log(10) + 2 * 1.5
    assert math.isclose(total - score, expected, rel_tol=1e-6)
    decoder.reset_params(alpha=0.0, beta=0.0, unk_score_offset=0.0)
    assert decoder.decode(heard) == "the cbt"


def test_batches_are_as_each(arpa):
    decoder = build_ctcdecoder(LABELS, arpa)
    all_of_them = [logits(text) for text in ["the cat", "the dog sat", "a", ""]]
    assert decoder.decode_batch(None, all_of_them, threads=2) == [decoder.decode(one) for one in all_of_them]
    beams = decoder.decode_beams_batch(None, all_of_them)
    assert [found[0] for found in beams] == [decoder.decode_beams(one)[0] for one in all_of_them]


def test_a_saved_decoder_comes_back(arpa, tmp_path):
    decoder = build_ctcdecoder(LABELS, arpa, alpha=0.7, beta=0.3)
    decoder.save_to_dir(tmp_path / "decoder")
    back = BeamSearchDecoderCTC.load_from_dir(tmp_path / "decoder")
    heard = logits("the cat", other="the cbt")
    assert back.decode_beams(heard) == decoder.decode_beams(heard)
    # The names that pyctcdecode takes, and so `from_pretrained` of transformers, end in .arpa, .bin or .binary.
    ngram_lm.train(["the cat"], tmp_path / "m.ngram", order=2)
    native = build_ctcdecoder(LABELS, tmp_path / "m.ngram")
    native.save_to_dir(tmp_path / "native")
    assert (tmp_path / "native" / "language_model" / "m.ngram.bin").exists()
    assert BeamSearchDecoderCTC.load_from_dir(tmp_path / "native").decode_beams(heard) == native.decode_beams(heard)
    build_ctcdecoder(LABELS).save_to_dir(tmp_path / "plain")
    assert BeamSearchDecoderCTC.load_from_dir(tmp_path / "plain").decode(heard) == "the cbt"


def test_says_what_is_wrong(arpa):
    decoder = build_ctcdecoder(LABELS, arpa)
    with pytest.raises(ValueError, match="27 labels, and the alphabet has 28"):
        decoder.decode(numpy.zeros((3, 27)))
    with pytest.raises(ValueError, match="frame 1 holds"):
        decoder.decode(numpy.full((3, 28), [[0.0], [float("nan")], [0.0]]))
    with pytest.raises(ValueError, match="dimensions"):
        decoder.decode(numpy.zeros(28))
    with pytest.raises(ValueError, match="no labels"):
        build_ctcdecoder([])
    with pytest.raises(FileNotFoundError):
        build_ctcdecoder(LABELS, "none.arpa")
