"""The files of numbers give back what was added to them, and a crash costs them no more than their end."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.io.metric_files import (
    append_steps,
    csv_row,
    cut_events,
    cut_rows,
    cut_steps,
    json_line,
    read_steps,
    steps_header,
)
from tests.nn_engine.io.damage import JUNK

FIELDS = [("step", "<u8"), ("loss", "<f4"), ("learning_rate", "<f4")]
RECORD = 16
HEADER = 512

torn = st.binary(max_size=3 * RECORD)
"""What a crash may leave behind the last whole record: a part of the next ones, or blocks of nothing."""


@contextmanager
def new_file() -> Iterator[Path]:
    """A file's path in a folder of its own, for tests that are repeated."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "file"


def records(first: int, last: int) -> list[tuple[float, ...]]:
    return [(step, 1 / step, 0.5) for step in range(first, last + 1)]


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """A file of ten steps."""
    path = tmp_path / "steps.bin"
    path.write_bytes(steps_header(FIELDS))
    append_steps(path, records(1, 10))
    return path


class TestSteps:
    @given(st.lists(st.lists(st.tuples(st.floats(width=32), st.floats(width=32)), max_size=4), max_size=4))
    def test_what_is_added_is_read(self, parts: list[list[tuple[float, float]]]) -> None:
        with new_file() as path:
            path.write_bytes(steps_header(FIELDS))
            expected: list[tuple[float, ...]] = []
            for part in parts:
                numbered = [(len(expected) + number, *values) for number, values in enumerate(part, 1)]
                append_steps(path, numbered)
                expected += numbered
            found = read_steps(path)
        assert found.dtype == np.dtype(FIELDS)
        assert found.tobytes() == np.array(expected, FIELDS).tobytes()

    def test_numpy_and_json_read_it_alone(self, steps: Path) -> None:
        header = json.loads(steps.read_bytes()[:HEADER])
        assert (header["format"], header["version"]) == ("backprop-studio-steps", 1)
        fields = np.dtype([tuple(field) for field in header["fields"]])
        found = np.fromfile(steps, fields, offset=HEADER)
        assert found["step"].tolist() == list(range(1, 11))
        assert found["loss"][3] == 0.25

    @pytest.mark.parametrize("length", range(RECORD))
    def test_a_torn_record_is_not_read(self, steps: Path, length: int) -> None:
        with steps.open("ab") as stream:
            stream.write(b"\xff" * length)
        assert read_steps(steps)["step"].tolist() == list(range(1, 11))

    @given(st.integers(0, 6), st.integers(0, 8), torn)
    def test_cut_back_to_a_step(self, written: int, last: int, rest: bytes) -> None:
        with new_file() as path:
            path.write_bytes(steps_header(FIELDS))
            append_steps(path, records(1, written))
            with path.open("ab") as stream:
                stream.write(rest)
            try:
                cut_steps(path, last)
                kept = min(written, last)
                assert read_steps(path)["step"].tolist()[:kept] == list(range(1, kept + 1))
                # Garbage may look like a step that follows; but then it is one that was to be kept.
                assert (np.diff(read_steps(path)["step"].astype(int)) > 0).all()
                assert read_steps(path)["step"].max(initial=0) <= last
                whole = path.stat().st_size
                assert (whole - HEADER) % RECORD == 0
            finally:
                path.unlink()

    def test_cut_back_where_a_power_failure_left_zeros(self, steps: Path) -> None:
        with steps.open("ab") as stream:
            stream.write(bytes(4 * RECORD + 3))
        cut_steps(steps, 12)
        assert read_steps(steps)["step"].tolist() == list(range(1, 11))
        assert steps.stat().st_size == HEADER + 10 * RECORD

    def test_going_on_after_the_cut(self, steps: Path) -> None:
        cut_steps(steps, 7)
        append_steps(steps, records(8, 9))
        assert read_steps(steps)["step"].tolist() == list(range(1, 10))

    def test_nothing_to_add(self, steps: Path) -> None:
        size = steps.stat().st_size
        append_steps(steps, [])
        assert steps.stat().st_size == size

    @pytest.mark.parametrize(
        "header",
        [
            *JUNK.values(),
            steps_header(FIELDS)[:100],
            steps_header(FIELDS)[:-1],
            steps_header(FIELDS).replace(b"backprop-studio-steps", b"backprop-studio-other"),
            steps_header([]),
            steps_header([("loss", "<f4")]),
            steps_header([("step", "<f4")]),
            steps_header([*FIELDS, ("loss", "<f4")]),
            steps_header([*FIELDS, ("object", "O")]),
            steps_header([*FIELDS, ("nothing", "V0")]),
            steps_header([("step", "<u8"), ("code", "f4,(")]),
            steps_header([("step", "<u8"), (5, "<f4")]),  # type: ignore[list-item]
            json.dumps({"format": "backprop-studio-steps", "fields": 5}).encode().ljust(HEADER),
            json.dumps({"format": "backprop-studio-steps", "fields": [[]]}).encode().ljust(HEADER),
        ],
    )
    def test_other_files_are_refused_and_left_as_they_are(self, tmp_path: Path, header: bytes) -> None:
        path = tmp_path / "steps.bin"
        path.write_bytes(header)
        for use in (read_steps, lambda path: cut_steps(path, 3), lambda path: append_steps(path, records(1, 1))):
            with pytest.raises(ValueError, match=r"not a file of training steps\.$") as caught:
                use(path)
            assert str(caught.value).startswith(f"{path}: ")
        assert path.read_bytes() == header


class TestRows:
    HEADER = "epoch,step,loss\n"

    @given(st.lists(st.text(st.characters(exclude_categories=["C"])) | st.floats() | st.integers(), min_size=1))
    def test_a_row_is_read_back(self, values: list[Any]) -> None:
        line = csv_row(values).decode()
        assert line.endswith("\n")
        assert line.count("\n") == 1
        assert next(csv.reader([line])) == [str(value) for value in values]

    @given(st.integers(0, 6), st.integers(0, 8), st.binary(max_size=20).filter(lambda rest: b"\n" not in rest))
    def test_cut_back_to_an_epoch(self, written: int, done: int, rest: bytes) -> None:
        rows = [f"{epoch},{10 * epoch},0.5\n" for epoch in range(1, written + 1)]
        with new_file() as path:
            path.write_bytes((self.HEADER + "".join(rows)).encode() + rest)
            cut_rows(path, done)
            assert path.read_text() == self.HEADER + "".join(rows[:done])

    @pytest.mark.parametrize(
        "rest", ["3,30", "3,", "3", ",,\n", "x,1\n", "\0\0\0\0\n3,30,0.1\n", "\n", "9,9,9\n3,30,0.1\n"]
    )
    def test_whatever_a_crash_leaves_behind_is_dropped(self, tmp_path: Path, rest: str) -> None:
        path = tmp_path / "metrics.csv"
        whole = self.HEADER + "1,10,0.5\n2,20,0.4\n"
        path.write_text(whole + rest)
        cut_rows(path, 3)
        assert path.read_text() == whole

    def test_lines_ended_by_a_spreadsheet(self, tmp_path: Path) -> None:
        path = tmp_path / "metrics.csv"
        path.write_bytes(b"epoch,step,loss\r\n1,10,0.5\r\n2,20,0.4\r\n")
        cut_rows(path, 1)
        assert path.read_bytes() == b"epoch,step,loss\r\n1,10,0.5\r\n"

    @pytest.mark.parametrize(
        "text", ["", "epo", "\ufeffepoch,step\n1,10\n", "epoch;step\n1;10\n", "1,10,0.5\n", "notes\n"]
    )
    def test_a_file_that_begins_otherwise_is_refused_and_left_as_it_is(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "metrics.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="not a file of metrics") as caught:
            cut_rows(path, 3)
        assert str(caught.value).startswith(f"{path}: ")
        assert path.read_text("utf-8") == text


class TestEvents:
    def line(self, name: str, epoch: int, step: int, **more: Any) -> str:
        return json_line({"event": name, "epoch": epoch, "step": step, **more}).decode()

    @given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | st.text()))
    def test_a_line_is_read_back(self, values: dict[str, Any]) -> None:
        line = json_line(values)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert json.dumps(json.loads(line)) == json.dumps(values)

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_numbers_that_json_cannot_hold_are_refused(self, value: float) -> None:
        with pytest.raises(ValueError, match="not JSON compliant"):
            json_line({"loss": value})

    def test_cut_back_to_a_step(self, tmp_path: Path) -> None:
        path = tmp_path / "events.jsonl"
        lines = [
            self.line("train_begin", 1, 0),
            self.line("setting_changed", 1, 4, path="a.b", old="1", new="2"),
            self.line("epoch_end", 1, 10),
            self.line("epoch_end", 2, 20),
            self.line("train_end", 3, 20),
        ]
        for (step, done), kept in {
            (20, 2): 5,
            (20, 1): 3,
            (19, 1): 3,
            (10, 1): 3,
            (10, 0): 2,
            (4, 0): 2,
            (3, 0): 1,
        }.items():
            path.write_text("".join(lines))
            cut_events(path, step, done)
            assert path.read_text() == "".join(lines[:kept]), (step, done)

    @pytest.mark.parametrize(
        "rest",
        [
            '{"event": "epoch_end", "epoch": 1, "st',
            '{"event": "epoch_end", "epoch": 1, "step": 1}',
            "\0" * 40,
            "\n",
            "{}\n",
            "[]\n",
            "null\n",
            '{"event": "epoch_end", "epoch": "1", "step": 1}\n',
            "[" * 100_000 + "\n",
        ],
    )
    def test_whatever_a_crash_leaves_behind_is_dropped(self, tmp_path: Path, rest: str) -> None:
        path = tmp_path / "events.jsonl"
        whole = self.line("train_begin", 1, 0)
        path.write_text(whole + rest)
        cut_events(path, 100, 100)
        assert path.read_text() == whole

    def test_nothing_there(self, tmp_path: Path) -> None:
        cut_events(tmp_path / "events.jsonl", 1, 1)
        assert os.listdir(tmp_path) == []
