"""JSON documents come back as they were, older ones brought up to date, and all else is refused in a sentence."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.io.documents import MOST_BYTES, Migration, load_document, to_text
from tests.nn_engine.io.damage import JUNK, each_truncation, taking_at_most
from tests.nn_engine.io.runs import refused

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
contents = st.dictionaries(st.text().filter(lambda name: name not in ("format", "version")), json_values, max_size=4)


class OddFileError(ValueError):
    """What these tests' documents are refused with."""


def load(path: Path, version: int = 1, migrations: Mapping[int, Migration] | None = None) -> dict[str, Any]:
    return load_document(path, "test", version, migrations or {}, OddFileError)


@given(contents)
def test_round_trip(content: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_bytes(to_text("test", 1, content))
        assert json.dumps(load(path)) == json.dumps(content)


def test_a_person_can_read_it() -> None:
    text = to_text("test", 1, {"name": "größer", "list": [1]}).decode()
    assert text == '{\n  "format": "test",\n  "version": 1,\n  "name": "größer",\n  "list": [\n    1\n  ]\n}\n'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [{"x": float("-inf")}]])
def test_numbers_that_json_cannot_hold_are_refused_when_writing(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_text("test", 1, {"value": value})


def test_every_truncation(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(to_text("test", 1, {"some": {"content": [1, 2.5, None, "ä"]}}).rstrip())
    for length in each_truncation(path):
        with pytest.raises(OddFileError) as caught:
            load(path)
        assert ("the file is empty" if length == 0 else "not readable as JSON") in refused(caught, path)


@pytest.mark.parametrize("kind", JUNK)
def test_other_files(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "junk.json"
    path.write_bytes(JUNK[kind])
    with pytest.raises(OddFileError) as caught:
        load(path)
    refused(caught, path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[" * 100_000, "not readable as JSON"),
        ('{"a":' * 100_000, "not readable as JSON"),
        ("9" * 5000, "not readable as JSON"),
        ('{"format": "test", "version": 1, "x": NaN}', "NaN is not a number in JSON"),
        ('{"format": "test", "version": 1, "x": [-Infinity]}', "-Infinity is not a number in JSON"),
        ('{"format": "test",\n "version" 1}', "line 2, column 12: expected a colon after the name; found 1"),
        ("null", 'expected a file with "format": "test"; this is another kind of file'),
        ("[]", 'expected a file with "format": "test"'),
        ('"test"', 'expected a file with "format": "test"'),
        ("{}", 'expected a file with "format": "test"'),
        ('{"format": "other", "version": 1}', 'expected a file with "format": "test"'),
        ('{"format": ["test"], "version": 1}', 'expected a file with "format": "test"'),
        ('{"format": "test"}', "expected a format version from 1 up; found None"),
        ('{"format": "test", "version": "1"}', "expected a format version from 1 up; found '1'"),
        ('{"format": "test", "version": true}', "expected a format version from 1 up; found True"),
        ('{"format": "test", "version": 1.0}', "expected a format version from 1 up; found 1.0"),
        ('{"format": "test", "version": 0}', "expected a format version from 1 up; found 0"),
        ('{"format": "test", "version": 2}', "written by a newer version of the studio (format 2; this one reads 1)"),
    ],
)
def test_refusals_say_why(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OddFileError) as caught:
        load(path)
    assert fault in refused(caught, path)


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 2**40])
def test_oversized(tmp_path: Path, size: int) -> None:
    path = tmp_path / "large.json"
    path.touch()
    os.truncate(path, size)  # sparse: it takes no room
    with taking_at_most(4 * MOST_BYTES), pytest.raises(OddFileError) as caught:
        load(path)
    assert f"more than {MOST_BYTES:,} bytes" in refused(caught, path)


def test_older_documents_are_brought_up_to_date_step_by_step(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    migrations: dict[int, Migration] = {
        1: lambda document: {**document, "rate": document["speed"]},
        2: lambda document: {name: value for name, value in document.items() if name != "speed"},
    }
    path.write_bytes(to_text("test", 1, {"speed": 0.5}))
    assert load(path, 3, migrations) == {"rate": 0.5}
    path.write_bytes(to_text("test", 2, {"speed": 0.5, "rate": 2}))
    assert load(path, 3, migrations) == {"rate": 2}
    path.write_bytes(to_text("test", 3, {"rate": 3}))
    assert load(path, 3, migrations) == {"rate": 3}


def test_missing_file_and_folder_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)
