"""The pad without a window."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRect

from app.view_models.ink import SIDE, Point, Stroke, ink_of
from app.view_models.pad import CENTRED, DEFAULT_WIDTH, PadModel
from nn_engine import DenseLayer, InputLayer, Network
from nn_engine.data import MNIST, ArrayDataset, Preprocessing
from nn_engine.data.dataset import Task
from nn_engine.data.digit import center_digit

DIGITS = Task((28, 28), "classes", tuple("0123456789"))


def network(seed: int = 0, fn: str = "softmax", inputs: int = 784) -> Network:
    return Network([InputLayer(units=inputs), DenseLayer(units=10, fn=fn)], seed=seed)


@pytest.fixture
def pad(tmp_path: Path) -> PadModel:
    made = PadModel(tmp_path / "data")
    made.use_network(network(), Preprocessing(), DIGITS, "live, epoch 7")
    return made


def draw(pad: PadModel, *places: tuple[float, float]) -> None:
    pad.begin_stroke(*places[0])
    pad.extend_stroke([(x, y, 1.0) for x, y in places[1:]])
    pad.end_stroke()


def judgeable(pad: PadModel) -> bool:
    return pad.can_judge


def seven(pad: PadModel) -> None:
    draw(pad, (80, 80), (200, 80), (140, 230))


def test_an_empty_pad_has_no_answer(pad: PadModel) -> None:
    assert pad.empty
    assert pad.sample is None
    assert pad.probabilities is None
    assert pad.answer is None
    assert pad.runner_up is None
    assert not pad.trouble
    assert not pad.can_undo
    assert not pad.can_judge


def test_strokes_leave_ink_while_they_are_drawn(pad: PadModel) -> None:
    pad.begin_stroke(100, 100)
    assert pad.ink.any()
    assert not pad.empty
    assert pad.answer is not None
    told: list[QRect] = []
    pad.inked.connect(told.append)
    before = pad.ink.copy()
    pad.extend_stroke([(120, 100, 1.0), (140, 130, 1.0)])
    assert len(told) == 1
    changed = np.argwhere(pad.ink != before)
    assert all(told[0].contains(int(x), int(y)) for y, x in changed)
    assert told[0].width() < 100
    pad.end_stroke()
    np.testing.assert_array_equal(pad.ink, ink_of(pad.strokes))
    assert [point.width for point in pad.strokes[0].points] == [DEFAULT_WIDTH] * 3


def test_the_same_probabilities_as_the_network_gives_for_the_sample(pad: PadModel) -> None:
    seven(pad)
    np.testing.assert_array_equal(pad.sample, center_digit(ink_of(pad.strokes)))
    assert pad.sample is not None
    expected = network().predict(Preprocessing()(pad.sample[np.newaxis]))[0]
    assert pad.probabilities is not None
    assert pad.probabilities.tobytes() == expected.tobytes()
    ranked = np.argsort(-expected)
    assert pad.answer == (str(ranked[0]), float(expected[ranked[0]]))
    assert pad.runner_up == (str(ranked[1]), float(expected[ranked[1]]))


def test_a_digit_is_centred_by_mass(pad: PadModel) -> None:
    draw(pad, (30, 30), (30, 130))
    assert pad.sample is not None
    rows = np.flatnonzero(pad.sample.any(axis=1))
    assert rows.max() - rows.min() + 1 in (20, 21)
    mass = pad.sample.sum()
    assert (pad.sample.sum(axis=0) @ (np.arange(28) + 0.5)) / mass == pytest.approx(14.5, abs=0.1)


def test_undo_goes_back_stroke_by_stroke(pad: PadModel) -> None:
    states = [pad.ink.copy()]
    seven(pad)
    states.append(pad.ink.copy())
    pad.tool = "eraser"
    draw(pad, (140, 60), (140, 240))
    assert pad.undo_text == "eraser stroke"
    states.append(pad.ink.copy())
    pad.clear()
    assert pad.empty
    assert pad.undo_text == "clearing"
    while states:
        pad.undo()
        np.testing.assert_array_equal(pad.ink, states.pop())
    assert pad.empty
    assert not pad.can_undo
    pad.undo()


def test_undo_and_clear_also_end_a_stroke_in_the_making(pad: PadModel) -> None:
    seven(pad)
    pad.begin_stroke(20, 20)
    pad.extend_stroke([(60, 20, 1.0)])
    pad.undo()
    np.testing.assert_array_equal(pad.ink, ink_of(pad.strokes))
    assert len(pad.strokes) == 1
    pad.begin_stroke(20, 20)
    pad.clear()
    assert pad.empty
    assert not pad.ink.any()
    pad.extend_stroke([(60, 20, 1.0)])
    assert pad.empty


def test_erased_ink_has_no_answer(pad: PadModel) -> None:
    draw(pad, (100, 100), (150, 100))
    pad.tool, pad.width = "eraser", 40
    draw(pad, (90, 100), (160, 100))
    assert pad.sample is None
    assert pad.answer is None
    assert not pad.empty


def test_the_pad_answers_by_a_replica(pad: PadModel) -> None:
    original = network(1)
    pad.use_network(original, Preprocessing(), DIGITS, "best, epoch 6")
    seven(pad)
    before = pad.probabilities
    assert before is not None
    original.state[...] = 0
    pad.undo()
    seven(pad)
    np.testing.assert_array_equal(pad.probabilities, before)


def test_new_weights_renew_the_answer(pad: PadModel) -> None:
    seven(pad)
    before, version = pad.probabilities, pad.version
    names: list[str] = []
    pad.network_changed.connect(lambda: names.append(pad.label))
    other = network(1)
    assert pad.update_weights(other.state, "live, epoch 8")
    assert pad.version > version
    assert pad.sample is not None
    expected = other.predict(Preprocessing()(pad.sample[np.newaxis]))[0]
    np.testing.assert_array_equal(pad.probabilities, expected)
    assert not np.array_equal(pad.probabilities, before)  # type: ignore[arg-type]
    pad.update_weights(other.state, "live, epoch 8")
    assert names == ["live, epoch 8"]


def test_weights_of_another_network_are_not_taken(pad: PadModel) -> None:
    seven(pad)
    before = pad.probabilities
    assert not pad.update_weights(np.zeros(10, np.float32), "live, epoch 8")
    assert pad.label == "live, epoch 7"
    np.testing.assert_array_equal(pad.probabilities, before)


def test_the_network_that_answers_can_be_taken_away_as_a_copy(pad: PadModel) -> None:
    pad.update_weights(np.full(7850, 0.25, np.float32), "live, epoch 8")
    taken = pad.trained()
    assert taken is not None
    pad.update_weights(np.zeros(7850, np.float32), "live, epoch 9")
    assert (taken.network.state == 0.25).all()
    assert (taken.preprocessing, taken.task) == (Preprocessing(), DIGITS)
    pad.no_network("There is none.")
    assert pad.trained() is None


def test_weights_that_are_not_numbers_give_a_sentence(pad: PadModel) -> None:
    seven(pad)
    pad.update_weights(np.full(7850, -3e38, np.float32), "live, epoch 7")  # NumPy's warnings would fail this test
    assert pad.answer is None
    pad.update_weights(np.full(7850, np.nan, np.float32), "live, epoch 8")
    assert pad.answer is None
    assert "diverged" in pad.trouble
    assert not pad.can_judge


@pytest.mark.parametrize(
    ("task", "made", "part"),
    [
        (Task((2,), "classes", ("inside", "outside")), network(inputs=2), "samples of 2, not drawings"),
        (Task((28, 28), "values", ("x",)), network(), "answers with values"),
        (Task((8, 8), "classes", tuple("0123456789")), network(inputs=64), "samples of 8 × 8"),
        (DIGITS, network(fn="linear"), "softmax"),
    ],
)
def test_other_networks_are_refused_in_a_sentence(pad: PadModel, task: Task, made: Network, part: str) -> None:
    seven(pad)
    pad.use_network(made, Preprocessing(), task, "loaded")
    assert part in pad.refusal == pad.trouble
    assert pad.answer is None
    assert pad.update_weights(made.state, "loaded"), "its weights are its own, if of no use here"
    pad.use_network(network(), Preprocessing(), DIGITS, "live, epoch 1")
    assert not pad.trouble
    assert pad.answer is not None


def test_a_test_image_reaches_the_network_as_it_is(pad: PadModel) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    pad.use_test_data(ArrayDataset(samples, np.array([8, 1, 2, 3, 4]), tuple("0123456789")))
    assert pad.put_test_image(0) == ""
    assert not pad.empty
    np.testing.assert_array_equal(pad.sample, samples[0])
    np.testing.assert_array_equal(pad.ink, np.kron(samples[0], np.ones((10, 10), np.uint8)))
    assert pad.sample_note == "Test image 0: it is an 8"
    assert pad.picture is not None
    assert pad.picture.target == 8
    assert not pad.can_judge
    assert pad.judge_right()
    draw(pad, (10, 10), (50, 10))
    assert pad.sample_note == CENTRED
    np.testing.assert_array_equal(pad.sample, center_digit(pad.ink))
    pad.undo()
    np.testing.assert_array_equal(pad.sample, samples[0])
    pad.undo()
    assert pad.empty


def test_without_other_test_data_the_digits_that_come_along_serve(
    pad: PadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The window waits for them, so only those that are needed are read.
    monkeypatch.setattr(MNIST, "load", lambda source: pytest.fail("all 70,000 digits were read"))
    assert pad.put_test_image() == ""
    assert pad.ink.any()


def test_an_image_file_may_be_put_on_the_pad(pad: PadModel, tmp_path: Path) -> None:
    ink = np.full((100, 80), 255, np.uint8)
    ink[20:80, 35:45] = 0
    Image.fromarray(ink).save(tmp_path / "one.png")
    assert pad.open_image(str(tmp_path / "one.png")) == ""
    assert pad.sample_note.startswith("one.png (")
    assert pad.answer is not None
    before = pad.ink.copy()
    (tmp_path / "broken.png").write_bytes(gzip.compress(b"no image"))
    assert "broken.png" in pad.open_image(str(tmp_path / "broken.png"))
    assert "missing.png" in pad.open_image(str(tmp_path / "missing.png"))
    np.testing.assert_array_equal(pad.ink, before)


def test_a_judged_drawing_is_kept_once(pad: PadModel, tmp_path: Path) -> None:
    seven(pad)
    assert pad.answer is not None
    answer = pad.answer
    assert judgeable(pad)
    wrong = (int(answer.name) + 1) % 10
    assert pad.judge(wrong) == ""
    assert pad.is_kept
    assert not judgeable(pad)
    assert pad.judge_right()
    line = json.loads((tmp_path / "data" / "drawings.jsonl").read_text())
    assert (line["label"], line["right"], line["answer"]) == (str(wrong), False, answer.name)
    assert line["network"] == "live, epoch 7"
    strokes = [Stroke(each["tool"], [Point(*point) for point in each["points"]]) for each in line["strokes"]]
    np.testing.assert_array_equal(ink_of(strokes), pad.ink)
    draw(pad, (100, 150), (180, 150))
    assert judgeable(pad)
    pad.undo()
    assert pad.is_kept
    assert pad.withdraw() == ""
    assert judgeable(pad)
    assert pad.judge_right() == ""
    assert len(PadModel(tmp_path / "data").kept) == 1


def test_a_drawing_that_cannot_be_kept_says_why(pad: PadModel, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    seven(pad)
    assert "could not be kept" in pad.judge_right()
    assert judgeable(pad)
    (tmp_path / "data").unlink()
    assert pad.judge_right() == ""


def test_the_sides_agree() -> None:
    assert SIDE % 28 == 0
