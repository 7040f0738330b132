"""The script stands alone, answers as the studio does, and is text that a person reads."""

from __future__ import annotations

import ast
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import DenseLayer, InputLayer, Preprocessing, registered
from nn_engine.data import Task
from nn_engine.io import script_functions, script_writers
from nn_engine.io.script_export import export_script, weights_path
from nn_engine.io.script_text import ScriptText
from nn_engine.io.trained_network import TrainedNetwork
from tests.nn_engine.io.exported import imported
from tests.nn_engine.io.trained import answers, raw_samples, trained

POLYNOMIAL = {"gelu"}
"""What the studio computes by a polynomial of its own, and the script by the standard library."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 77, 1000, 1001])
def test_dense_networks_answer_bit_by_bit_as_in_the_studio(tmp_path: Path, count: int, dtype: Any) -> None:
    preprocessing = Preprocessing(mean=0.1307, deviation=0.3081)
    wide = (InputLayer(units=784), DenseLayer(units=100, fn="relu"), DenseLayer(units=10, fn="softmax"))
    exported = trained(*wide, dtype=dtype, preprocessing=preprocessing)
    export_script(tmp_path / "a.py", exported)
    raw = raw_samples(exported, count)
    found = imported(tmp_path / "a.py").predict(raw)
    assert found.dtype == dtype
    assert found.tobytes() == answers(exported, raw).tobytes()


@pytest.mark.parametrize("fn", sorted(set(registered("activation")) - POLYNOMIAL))
def test_so_does_every_activation(tmp_path: Path, fn: str) -> None:
    exported = trained(InputLayer(units=50), DenseLayer(units=40, fn=fn), DenseLayer(units=5, fn="softmax"))
    export_script(tmp_path / "a.py", exported)
    raw = raw_samples(exported, 200)
    np.testing.assert_array_equal(imported(tmp_path / "a.py").predict(raw), answers(exported, raw))


def started(script: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Start a script as a person would, in a Python that knows nothing of this project."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-I", str(script), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )


def test_it_is_a_program_of_its_own(tmp_path: Path) -> None:
    exported = trained()
    export_script(tmp_path / "a.py", exported)
    raw = raw_samples(exported, 3)
    np.save(tmp_path / "some.npy", raw)
    np.save(tmp_path / "one.npy", raw[1])
    expected = answers(exported, raw)
    lines = [f"{number}: answer {row.argmax()} ({row.max():.4f})" for number, row in enumerate(expected)]
    done = started(tmp_path / "a.py", tmp_path / "some.npy")
    assert (done.returncode, done.stderr, done.stdout.splitlines()) == (0, "", lines)
    done = started(tmp_path / "a.py", tmp_path / "one.npy")
    assert done.stdout == lines[1].replace("1:", "0:", 1) + "\n"
    done = started(tmp_path / "a.py")
    assert (done.returncode, done.stderr) == (1, "usage: python3 a.py SAMPLES.npy\n")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("none.npy", "No such file or directory"),
        ("text.npy", "magic string is not correct"),
        ("some.npz", "magic string is not correct"),
        ("wide.npy", "expected samples of shape (n, 6, 6); received (3, 5, 5)"),
        ("words.npy", "could not convert string"),
        ("objects.npy", "Object arrays cannot be loaded"),
    ],
)
def test_as_a_program_it_says_in_a_line_what_it_cannot_take(tmp_path: Path, name: str, fault: str) -> None:
    export_script(tmp_path / "a.py", trained())
    (tmp_path / "text.npy").write_text("no numbers at all")
    np.savez(tmp_path / "some.npz", x=np.zeros((6, 6)))
    np.save(tmp_path / "wide.npy", np.zeros((3, 5, 5)))
    np.save(tmp_path / "words.npy", np.full((6, 6), "one"))
    np.save(tmp_path / "objects.npy", np.full((6, 6), None))
    done = started(tmp_path / "a.py", tmp_path / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("expected an NPY file of raw samples, (6, 6) each: ")
    assert fault in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_imports_nothing_but_numpy(tmp_path: Path) -> None:
    export_script(tmp_path / "a.py", trained())
    tree = ast.parse((tmp_path / "a.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) == {"numpy"}


def test_script_and_weights_may_be_moved_and_renamed_together(tmp_path: Path) -> None:
    exported = trained()
    export_script(tmp_path / "a.b.py", exported)
    assert {path.name for path in tmp_path.iterdir()} == {"a.b.py", "a.b.weights.npz"}
    (tmp_path / "elsewhere").mkdir()
    weights_path(tmp_path / "a.b.py").rename(tmp_path / "elsewhere" / "c.weights.npz")
    (tmp_path / "a.b.py").rename(tmp_path / "elsewhere" / "c.py")
    raw = raw_samples(exported, 2)
    np.testing.assert_array_equal(imported(tmp_path / "elsewhere" / "c.py").predict(raw), answers(exported, raw))


def test_a_checkpoint_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "best.npz").write_text("a checkpoint")
    export_script(tmp_path / "best.py", trained())
    assert (tmp_path / "best.npz").read_text() == "a checkpoint"


def test_the_weights_have_our_names(tmp_path: Path) -> None:
    exported = trained()
    export_script(tmp_path / "a.py", exported)
    with np.load(weights_path(tmp_path / "a.py")) as found:
        assert set(found) == set(exported.network.named_parameters())
        for name, array in exported.network.named_parameters().items():
            np.testing.assert_array_equal(found[name], array)


def test_samples_of_another_shape_are_refused_in_words(tmp_path: Path) -> None:
    export_script(tmp_path / "a.py", trained())
    with pytest.raises(ValueError, match=r"expected samples of shape \(n, 6, 6\); received \(3, 5, 5\)"):
        imported(tmp_path / "a.py").predict(np.zeros((3, 5, 5)))


@pytest.mark.parametrize(
    "name",
    ['"""\nraise SystemExit', "'\"\\", "{braces} %s", "\N{GRINNING FACE} é \u2028", "\ud800", "#", "a, b", "x" * 200],
)
def test_names_are_text_whatever_is_in_them(tmp_path: Path, name: str) -> None:
    exported = trained()
    names = ("a", name, "c", "d")
    exported = dataclasses.replace(exported, task=dataclasses.replace(exported.task, names=names))
    export_script(tmp_path / "a.py", exported)
    assert names == imported(tmp_path / "a.py").NAMES


@pytest.mark.parametrize("kind", ["classes", "labels", "values"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_every_kind_of_answer_is_printed(tmp_path: Path, kind: Any, outputs: int) -> None:
    network = trained(InputLayer(units=4), DenseLayer(units=outputs)).network
    exported = TrainedNetwork(network, Preprocessing(), Task((2, 2), kind, ("one", "two", "three")[:outputs]))
    export_script(tmp_path / "a.py", exported)
    np.save(tmp_path / "some.npy", raw_samples(exported, 2))
    done = started(tmp_path / "a.py", tmp_path / "some.npy")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
    if kind != "classes":
        assert all(name in done.stdout for name in exported.task.names)


def test_it_reads_well(tmp_path: Path) -> None:
    exported = trained()
    export_script(tmp_path / "a.py", exported)
    text = (tmp_path / "a.py").read_text()
    assert max(map(len, text.splitlines())) <= 120
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert "    # Layer 1, dense: 36 → 8\n" in text
    assert '    x = dense(x, W["layers.1.weights"], W["layers.1.bias"])\n    x = relu(x)\n' in text
    assert "gelu" not in text, "functions that the network does not use are in the script"
    assert text.count("def softmax(") == 1
    tree = ast.parse(text)
    assert all(ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


class TestText:
    def test_what_a_function_calls_comes_with_it(self) -> None:
        text = ScriptText()
        text.call(script_functions.silu)
        assert [source.split("(")[0] for source in text.sources()] == ["def sigmoid", "def silu"]

    def test_a_long_call_is_laid_out_in_lines(self) -> None:
        text = ScriptText()
        text.call(script_functions.dense, "a" * 60, "b" * 60)
        assert text.lines == ["x = dense(", "    x,", f"    {'a' * 60},", f"    {'b' * 60},", ")"]

    def test_activations_are_called_by_the_name_they_are_registered_under(self) -> None:
        for name in registered("activation"):
            text = ScriptText()
            script_writers.activations.find(name)(text)
            assert text.lines in ([], [f"x = {name}(x)"], [f"x = np.{name}(x)"])
