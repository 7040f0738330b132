"""``predict`` answers for every image that can be read, and says what is wrong with the others."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nn_engine import MNIST, DenseLayer, InputLayer, Network, Preprocessing
from nn_engine.data import Task
from nn_engine.data.dataset import TargetKind
from nn_engine.io.archive import read_archive, write_archive
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.safetensors_files import save_safetensors
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.types import Array
from tests.app.cli.starting import Start, start_process
from tests.nn_engine.io.damage import JUNK, Bomb, npy


@pytest.fixture(scope="session")
def digits(little_data: Path) -> Array:
    """The test digits, (100, 28, 28)."""
    images: Array = np.empty((100, 28, 28), np.uint8)
    MNIST(folder=str(little_data)).load().test.read(np.arange(100), images)
    return images


@pytest.fixture
def best(trained: Path) -> Path:
    return trained / "checkpoints" / "best.npz"


def test_the_same_digit_in_any_file(start: Start, best: Path, digits: Array, little_data: Path) -> None:
    digit = digits[3]
    Image.fromarray(digit).save("a.png")
    Image.fromarray(255 - digit).convert("RGB").save("dark.png")
    Image.fromarray(digit.astype(np.uint16) * 257).save("deep.png")
    np.save("a.npy", digit)
    np.save("shares.npy", digit / 255)
    np.save("batch.npy", digits[2:5])
    Path("packed.gz").write_bytes(gzip.compress((little_data / "t10k-images-idx3-ubyte").read_bytes()))
    images = ["a.png", "dark.png", "deep.png", "a.npy", "shares.npy", "batch.npy", "packed.gz:3"]
    images.append(f"{little_data / 't10k-images-idx3-ubyte'}:3")
    done = start("predict", best, *images, "--json")
    assert (done.status, done.err) == (0, "")
    assert [event["image"] for event in done.events] == [
        *images[:5],
        "batch.npy[0]",
        "batch.npy[1]",
        "batch.npy[2]",
        *images[6:],
    ]
    expected = load_checkpoint(best).network.predict(digits / 255)
    for number, event in enumerate(done.events):
        row = expected[{5: 2, 7: 4}.get(number, 3)]
        assert event["event"] == "prediction"
        assert list(event["probabilities"]) == list("0123456789")
        np.testing.assert_allclose(list(event["probabilities"].values()), row, atol=1e-5)
        assert event["class"] == str(row.argmax())
    assert [event["notes"] for event in done.events[:2]] == [[], ["dark ink on light paper, turned round"]]


def test_a_jpeg_of_another_size(start: Start, best: Path, digits: Array) -> None:
    Image.fromarray(np.kron(digits[3], np.ones((5, 5), np.uint8))).save("a.png")
    Image.fromarray(255 - np.kron(digits[3], np.ones((5, 5), np.uint8))).save("a.jpg", quality=95)
    drawn, photo = start("predict", best, "a.png", "a.jpg", "--json").events
    assert drawn["class"] == photo["class"]
    assert photo["probabilities"][photo["class"]] == pytest.approx(drawn["probabilities"][drawn["class"]], abs=0.05)
    assert photo["notes"] == ["dark ink on light paper, turned round", "140×140 centred into 28×28"]


def test_preprocessing_is_that_of_the_checkpoint(start: Start, best: Path, digits: Array) -> None:
    np.save("a.npy", digits[0])
    np.save("half.npy", digits[0] // 2 * 2 / 2)
    manifest, arrays = read_archive(best)
    manifest["preprocessing"]["divide_by"] = 127.5
    write_archive(Path("brighter.npz"), arrays, manifest)
    (plain,), (brighter,) = (start("predict", path, "a.npy", "--json").events for path in (best, "brighter.npz"))
    assert plain["probabilities"] != brighter["probabilities"]
    expected = load_checkpoint(best).network.predict(digits[:1] / 127.5)[0]
    np.testing.assert_allclose(list(brighter["probabilities"].values()), expected, atol=1e-5)


def test_for_a_person(start: Start, best: Path, digits: Array) -> None:
    Image.fromarray(np.kron(255 - digits[3], np.ones((2, 2), np.uint8))).save("a.png")
    np.save("a.npy", digits[3])
    done = start("predict", best, "a.png", "a.npy")
    assert (done.status, done.err) == (0, "")
    first, second = done.out.splitlines()
    assert first.startswith("a.png: ")
    assert first.endswith(" % (dark ink on light paper, turned round; 56×56 centred into 28×28)")
    assert second.startswith("a.npy: ")
    assert " % sure; next " in second


def test_as_a_process_of_its_own(start: Start, best: Path, digits: Array) -> None:
    np.save("a.npy", digits[0])
    done = start_process("predict", best, "a.npy", "--json", OPENBLAS_NUM_THREADS="1")
    assert (done.status, done.err) == (0, "")
    assert done.events == start("predict", best, "a.npy", "--json").events


def saved(kind: TargetKind, fn: str, names: tuple[str, ...], bias: list[float]) -> str:
    """The file of a network that answers the same to every sample: its last bias, gone through ``fn``."""
    network = Network((InputLayer(units=4), DenseLayer(units=len(names), fn=fn)))
    network.load_state_dict({"layers.1.weights": np.zeros((4, len(names))), "layers.1.bias": np.array(bias)})
    save_safetensors(Path("a.safetensors"), TrainedNetwork(network, Preprocessing(), Task((4,), kind, names)))
    np.save("a.npy", np.zeros(4))
    return "a.safetensors"


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_each_label_is_told_for_itself(start: Start) -> None:
    path = saved("labels", "sigmoid", ("cat", "dog", "bird"), [2.0, -1.0, 0.5])
    (event,) = start("predict", path, "a.npy", "--json").events
    assert event["labels"] == ["cat", "bird"]
    expected = {"cat": sigmoid(2), "dog": sigmoid(-1), "bird": sigmoid(0.5)}
    assert event["probabilities"] == pytest.approx(expected, abs=1e-6)
    assert "class" not in event
    told = start("predict", path, "a.npy").out
    assert told == "a.npy: cat yes, 88.08 %; dog no, 26.89 %; bird yes, 62.25 %\n"


def test_values_are_no_shares_of_anything(start: Start) -> None:
    path = saved("values", "linear", ("price", "size"), [-0.0548, 1234.5])
    (event,) = start("predict", path, "a.npy", "--json").events
    assert event["values"] == pytest.approx({"price": -0.0548, "size": 1234.5})
    assert set(event) == {"event", "image", "values", "notes"}
    assert start("predict", path, "a.npy").out == "a.npy: price -0.0548, size 1234.5\n"


def test_a_table_of_small_measurements_is_answered_as_its_numbers_say(start: Start) -> None:
    network = Network((InputLayer(units=2), DenseLayer(units=1)))
    network.load_state_dict({"layers.1.weights": np.array([[1.0], [10.0]]), "layers.1.bias": np.zeros(1)})
    task = Task((2,), "values", ("price",))
    save_safetensors(Path("a.safetensors"), TrainedNetwork(network, Preprocessing(divide_by=1), task))
    np.save("a.npy", np.array([[0.5, 0.25], [0.5, 3.0]]))
    told = start("predict", "a.safetensors", "a.npy").out
    assert told == "a.npy[0]: price 3\na.npy[1]: price 30.5\n"


def test_scores_are_no_probabilities(start: Start) -> None:
    path = saved("classes", "linear", ("cat", "dog"), [-3.0, 17.25])
    (event,) = start("predict", path, "a.npy", "--json").events
    assert (event["class"], event["scores"]) == ("dog", {"cat": -3.0, "dog": 17.25})
    assert "probabilities" not in event
    assert start("predict", path, "a.npy").out == "a.npy: dog, score 17.25; next cat, score -3\n"


def test_a_single_class_has_no_next(start: Start) -> None:
    assert start("predict", saved("classes", "softmax", ("cat",), [1.0]), "a.npy").out == "a.npy: cat, 100.00 % sure\n"


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a", "a.npy", "a.gz:0", "a:5"])
@pytest.mark.parametrize("kind", JUNK)
def test_damaged_images(start: Start, best: Path, kind: str, name: str) -> None:
    path = name.partition(":")[0]
    Path(path).write_bytes(JUNK[kind])
    np.save("good.npy", np.zeros((28, 28)))
    done = start("predict", best, "good.npy", name, "--json")
    done.refused(f"{path}: ")
    assert [event["image"] for event in done.events] == ["good.npy"]


def test_truncated_images(start: Start, best: Path, digits: Array) -> None:
    Image.fromarray(digits[0]).save("a.png")
    Image.fromarray(digits[0]).save("a.jpg")
    np.save("a.npy", digits[0])
    for name in ("a.png", "a.jpg", "a.npy"):
        data = Path(name).read_bytes()
        for length in (4, 60, len(data) // 2, len(data) * 9 // 10):
            Path(name).write_bytes(data[:length])
            start("predict", best, name).refused(f"{name}: ")


def test_images_that_are_none(start: Start, best: Path, digits: Array, tmp_path: Path) -> None:
    Image.fromarray(digits[0]).save("a.gif")
    start("predict", best, "a.gif").refused("a.gif: not a PNG, JPEG or NPY image")
    Path("digits.gz").write_bytes(gzip.compress(bytes(100)))
    start("predict", best, "digits.gz").refused("digits.gz: not a PNG", "one image of an IDX file is FILE:INDEX")
    Path("pickled.npy").write_bytes(npy(np.array([Bomb(tmp_path / "exploded")], object), allow_pickle=True))
    start("predict", best, "pickled.npy").refused("pickled.npy: expected numbers")
    assert not Path("exploded").exists()
    np.save("nan.npy", np.full((28, 28), np.nan))
    start("predict", best, "nan.npy").refused("nan.npy: some of its values are not finite")
    np.save("none.npy", np.zeros((0, 28, 28)))
    start("predict", best, "none.npy").refused("none.npy: there is no image in it")
    Image.new("L", (50, 50), 200).save("blank.png")
    start("predict", best, "blank.png").refused("blank.png: the image is of one tone")


def test_what_is_wrong_with_some_is_told_after_the_answers_to_the_others(start: Start, best: Path) -> None:
    np.save("a.npy", np.zeros((28, 28)))
    Path("b.npy").write_bytes(b"nothing")
    done = start("predict", best, "none.png", "a.npy", "b.npy", "a.npy")
    assert done.status == 1
    assert [line.partition(":")[0] for line in done.out.splitlines()] == ["a.npy", "a.npy"]
    missing, damaged = done.err.splitlines()
    assert missing == "none.png: there is no such file."
    assert damaged.startswith("b.npy: ")


def test_numbers_that_overflow_have_no_answer(start: Start, best: Path) -> None:
    manifest, arrays = read_archive(best)
    broken = {name: np.full_like(array, 3e38) for name, array in arrays.items()}
    write_archive(Path("broken.npz"), broken, manifest)
    np.save("a.npy", np.ones((28, 28)))
    start("predict", "broken.npz", "a.npy").refused("a.npy: the network has no answer to it")


def test_missing_files_and_folders(start: Start, best: Path, little_data: Path) -> None:
    for name in ("none.png", "none.npy", "none:3"):
        start("predict", best, name).refused(f"{name.partition(':')[0]}: there is no such file")
    start("predict", best, ".").refused("expected a file; this is a folder")
    images = little_data / "t10k-images-idx3-ubyte"
    start("predict", best, f"{images}:100").refused(f"{images}: there is no image 100; the file has 100")
    labels = little_data / "t10k-labels-idx1-ubyte"
    start("predict", best, f"{labels}:0").refused(labels, "received a single number")


@pytest.mark.parametrize("kind", JUNK)
def test_damaged_checkpoints(start: Start, kind: str) -> None:
    Path("a.npz").write_bytes(JUNK[kind])
    np.save("a.npy", np.zeros((28, 28)))
    done = start("predict", "a.npz", "a.npy")
    done.refused("a.npz: ")
    assert done.out == ""
