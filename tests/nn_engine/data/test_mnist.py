"""The digits that come along, to the last bit, and what is said of a folder that does not hold such files."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from nn_engine.data import MNIST, ArrayDataset, LoadedData
from nn_engine.data.idx import IDXError
from nn_engine.data.mnist import SHIPPED
from nn_engine.types import Array

FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""The SHA-256 of each original file, unpacked."""

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


# -- the real files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "digest"), FILES.items())
def test_the_files_are_the_original_ones(name: str, digest: str) -> None:
    assert hashlib.sha256(gzip.decompress((SHIPPED / f"{name}.gz").read_bytes())).hexdigest() == digest


def test_what_is_loaded_is_what_the_files_hold(mnist: LoadedData) -> None:
    for part, prefix in ((mnist.train, "train"), (mnist.test, "t10k")):
        assert isinstance(part, ArrayDataset)
        images = struct.pack(">4I", 0x803, len(part), 28, 28) + part.samples.tobytes()
        labels = struct.pack(">2I", 0x801, len(part)) + part.targets.astype(np.uint8).tobytes()
        assert hashlib.sha256(images).hexdigest() == FILES[f"{prefix}-images-idx3-ubyte"]
        assert hashlib.sha256(labels).hexdigest() == FILES[f"{prefix}-labels-idx1-ubyte"]


def test_the_test_digits_can_be_loaded_alone(mnist: LoadedData) -> None:
    alone = MNIST().load_test()
    assert isinstance(mnist.test, ArrayDataset)
    np.testing.assert_array_equal(alone.samples, mnist.test.samples)
    np.testing.assert_array_equal(alone.targets, mnist.test.targets)


def test_every_digit_is_counted(mnist: LoadedData) -> None:
    assert (len(mnist.train), len(mnist.test)) == (60_000, 10_000)
    assert np.bincount(mnist.train.targets).tolist() == TRAIN_COUNTS
    assert np.bincount(mnist.test.targets).tolist() == TEST_COUNTS


def test_what_is_asked_is_one_class_of_ten(mnist: LoadedData) -> None:
    assert mnist.task == mnist.test.task
    assert mnist.task.sample_shape == (28, 28)
    assert mnist.task.target_kind == "classes"
    assert mnist.task.names == tuple("0123456789")
    assert mnist.task.output_size == 10
    assert mnist.train.dtype == mnist.test.dtype == np.uint8


def test_the_test_set_is_kept_apart(mnist: LoadedData) -> None:
    train, test = mnist.train, mnist.test
    assert isinstance(train, ArrayDataset)
    assert isinstance(test, ArrayDataset)
    assert not np.shares_memory(train.samples, test.samples)
    known = {hashlib.sha256(image).digest() for image in train.samples}
    assert not any(hashlib.sha256(image).digest() in known for image in test.samples)


# -- other folders ------------------------------------------------------------------------------------------------


def write_idx(path: Path, array: Array, packed: bool = False) -> None:
    """Bytes (or 32-bit numbers) as an IDX file."""
    code = {"u1": 0x08, "i4": 0x0C}[array.dtype.str[1:]]
    content = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    content += array.astype(array.dtype.newbyteorder(">")).tobytes()
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
    else:
        path.write_bytes(content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four small sound files: six images to learn from, four to test with; some packed, some not."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 6), ("t10k", 4)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", rng.integers(0, 256, (count, 5, 4)).astype(np.uint8))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte", np.arange(count, dtype=np.uint8), packed=True)
    return tmp_path


def test_another_set_in_the_same_four_files(folder: Path) -> None:
    data = MNIST(folder=str(folder)).load()
    assert (len(data.train), len(data.test)) == (6, 4)
    assert data.task.sample_shape == (5, 4)
    assert data.task.names == tuple("0123456789")
    assert data.train.targets.tolist() == list(range(6))


def test_the_folder_may_begin_with_a_tilde(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert len(MNIST(folder=f"~/{folder.name}").load().train) == 6


def test_a_folder_of_nobody_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="~nobody-of-this-name/digits: expected the file"):
        MNIST(folder="~nobody-of-this-name/digits").load()


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink(missing_ok=True)
    (folder / f"{missing}.gz").unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError, match=missing) as refused:
        MNIST(folder=str(folder)).load()
    assert str(folder) in str(refused.value)


def test_an_empty_or_missing_folder_is_named(tmp_path: Path) -> None:
    for empty in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=f"{empty}: expected the file train-images-idx3-ubyte"):
            MNIST(folder=str(empty)).load()


def test_a_cut_file_is_named(folder: Path) -> None:
    path = folder / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IDXError, match=str(path)):
        MNIST(folder=str(folder)).load()


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train-images-idx3-ubyte", np.zeros((6, 20), np.uint8), r"expected images, .* found \(6, 20\)"),
        ("train-images-idx3-ubyte", np.zeros((6, 5, 4), np.int32), "expected images"),
        ("train-labels-idx1-ubyte", np.zeros(5, np.uint8), r"expected 6 labels, .*found uint8 of shape \(5,\)"),
        ("train-labels-idx1-ubyte", np.zeros((6, 1), np.uint8), r"expected 6 labels, .*of shape \(6, 1\)"),
        ("train-labels-idx1-ubyte", np.full(6, -1, np.int32), "expected 6 labels, one byte each; found int32"),
        ("train-labels-idx1-ubyte", np.full(6, 10, np.uint8), "expected labels from 0 to 9; found 10"),
        ("t10k-labels-idx1-ubyte", np.full(4, 10, np.uint8), "expected labels from 0 to 9; found 10"),
    ],
)
def test_files_that_do_not_belong_together_are_named(folder: Path, name: str, array: Array, message: str) -> None:
    (folder / f"{name}.gz").unlink(missing_ok=True)
    write_idx(folder / name, array)
    with pytest.raises(IDXError, match=message) as refused:
        MNIST(folder=str(folder)).load()
    assert str(refused.value).startswith(f"{folder / name}: ")


def test_a_copy_of_the_folder_is_as_good(mnist: LoadedData, tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(SHIPPED / f"{name}.gz", tmp_path)
    test = MNIST(folder=str(tmp_path)).load().test
    np.testing.assert_array_equal(test.targets, mnist.test.targets)
