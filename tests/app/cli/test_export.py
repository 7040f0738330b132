"""``export`` writes a file that other programs read, or says in a sentence why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.cli import parser
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.network_files import EXPORT_FORMATS
from nn_engine.io.safetensors_files import load_safetensors
from nn_engine.types import Array
from tests.app.cli.starting import Start
from tests.nn_engine.io.damage import JUNK
from tests.nn_engine.io.exported import imported, run_onnx

RAW: Array = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)


@pytest.fixture
def best(trained: Path) -> Path:
    return trained / "checkpoints" / "best.npz"


@pytest.fixture
def expected(best: Path) -> Array:
    """What the network makes of the samples."""
    checkpoint = load_checkpoint(best)
    return checkpoint.network.predict(checkpoint.preprocessing(RAW))


def test_the_formats_are_those_of_the_engine() -> None:
    assert tuple(EXPORT_FORMATS) == parser.EXPORT_FORMATS
    assert "export" in parser.COMMANDS


def test_onnx(start: Start, best: Path, expected: Array) -> None:
    done = start("export", best, "a.onnx", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.events == [{"event": "export", "format": "onnx", "files": ["a.onnx"]}]
    np.testing.assert_allclose(run_onnx(Path("a.onnx"), RAW), expected, atol=1e-5)


def test_script(start: Start, best: Path, expected: Array) -> None:
    done = start("export", best, "a.py", "--json")
    assert done.events == [{"event": "export", "format": "script", "files": ["a.py", "a.weights.npz"]}]
    np.testing.assert_array_equal(imported(Path("a.py")).predict(RAW), expected)


def test_safetensors_and_back(start: Start, best: Path, expected: Array) -> None:
    done = start("export", best, "a.SAFETENSORS", "--json")
    assert done.events == [{"event": "export", "format": "safetensors", "files": ["a.SAFETENSORS"]}]
    loaded = load_safetensors(Path("a.SAFETENSORS"))
    assert loaded.network.state.tobytes() == load_checkpoint(best).network.state.tobytes()
    assert start("export", "a.SAFETENSORS", "b.onnx").status == 0
    np.testing.assert_allclose(run_onnx(Path("b.onnx"), RAW), expected, atol=1e-5)


def test_predict_takes_safetensors(start: Start, best: Path) -> None:
    start("export", best, "a.safetensors")
    np.save("a.npy", RAW[0])
    assert start("predict", "a.safetensors", "a.npy", "--json") == start("predict", best, "a.npy", "--json")


def test_for_a_person(start: Start, best: Path) -> None:
    done = start("export", best, "a.py")
    assert (done.status, done.err) == (0, "")
    sizes = [f"{name}: {Path(name).stat().st_size:,} bytes" for name in ("a.py", "a.weights.npz")]
    assert done.out.splitlines() == sizes


def test_the_format_may_be_said_instead(start: Start, best: Path) -> None:
    done = start("export", best, "model.bin", "--format", "onnx", "--json")
    assert done.events == [{"event": "export", "format": "onnx", "files": ["model.bin"]}]
    assert run_onnx(Path("model.bin"), RAW).shape == (5, 10)


@pytest.mark.parametrize(("name", "hint"), [("a", ""), ("a.txt", ""), ("a.onx", "Did you mean '.onnx'?")])
def test_other_names_are_refused(start: Start, best: Path, name: str, hint: str) -> None:
    done = start("export", best, name)
    done.refused(f"{name}: expected a file name that ends in one of .onnx, .safetensors, .py", hint, status=2)
    assert not Path(name).exists()


def test_other_formats_are_refused(start: Start, best: Path) -> None:
    done = start("export", best, "a.onnx", "--format", "onxx")
    assert done.status == 2
    assert "onxx" in done.err
    assert not Path("a.onnx").exists()


@pytest.mark.parametrize("words", [("best.npz", "--format", "onnx"), ("best.safetensors",), ("best.py",)])
def test_what_is_exported_is_never_overwritten(start: Start, best: Path, words: tuple[str, ...]) -> None:
    source = Path({"best.safetensors": "best.safetensors", "best.py": "best.weights.npz"}.get(words[0], "best.npz"))
    source.write_bytes(best.read_bytes())
    if source.suffix == ".safetensors":
        start("export", best, source)
    was = source.read_bytes()
    start("export", source, *words).refused(words[0], "would overwrite what is exported")
    assert source.read_bytes() == was


@pytest.mark.parametrize("name", ["numpy.py", "math.py", "sys.py", "pathlib.py", "json.py", "random.py"])
def test_a_script_that_would_import_itself_is_refused(start: Start, best: Path, name: str) -> None:
    start("export", best, name).refused(f"{name}: ", f"in place of the module {Path(name).stem}. Choose another")
    assert not Path(name).exists()
    assert not Path(name).with_suffix(".weights.npz").exists()


def test_folders_and_missing_files(start: Start, best: Path) -> None:
    start("export", "none.npz", "a.onnx").refused("none.npz: there is no such file")
    start("export", "none.safetensors", "a.onnx").refused("none.safetensors: there is no such file")
    start("export", best, "none/a.onnx").refused("none: there is no such folder")
    Path("a.onnx").mkdir()
    start("export", best, "a.onnx").refused("a.onnx: expected a file; this is a folder")
    assert list(Path("a.onnx").iterdir()) == []


@pytest.mark.parametrize("source", ["a.npz", "a.safetensors"])
@pytest.mark.parametrize("kind", JUNK)
def test_damaged_networks(start: Start, kind: str, source: str) -> None:
    Path(source).write_bytes(JUNK[kind])
    start("export", source, "a.onnx").refused(f"{source}: ")
    assert not Path("a.onnx").exists()
