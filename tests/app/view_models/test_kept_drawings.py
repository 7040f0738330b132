"""Kept drawings: none lost, none twice, whatever happens to the disk."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

import nn_engine.io.files
from app.view_models.ink import Point, Stroke
from app.view_models.kept_drawings import KeptDrawings, drawing_id


def drawing(number: int) -> list[Stroke]:
    return [Stroke("pen", [Point(10.0, 10.0 + number, 24.0), Point(100.0, 123.456789, 24.0)])]


def judged(label: str = "7") -> dict[str, Any]:
    return {"label": label, "class": int(label), "right": True, "answer": label, "probability": 0.9, "network": "live"}


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path / "not" / "there yet")
    kept.keep(drawing(0), judged())
    kept.keep(drawing(1), judged("3"))
    again = KeptDrawings(tmp_path / "not" / "there yet")
    assert len(again) == len(kept) == 2
    first, second = again.records()
    assert (first["label"], second["label"], first["side"]) == ("7", "3", 280)
    assert first["strokes"][0] == {"tool": "pen", "points": [[10.0, 10.0, 24.0], [100.0, 123.46, 24.0]]}
    assert first["when"].endswith("+00:00")


def test_no_drawing_is_kept_twice(tmp_path: Path) -> None:
    KeptDrawings(tmp_path).keep(drawing(0), judged())
    kept = KeptDrawings(tmp_path)
    kept.keep(drawing(0), judged("3"))
    assert len(list(kept.records())) == len(kept) == 1
    assert len(kept.path.read_bytes().splitlines()) == 1


def test_a_drawing_can_be_taken_back_and_kept_again(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    kept.keep(drawing(0), judged())
    kept.withdraw(drawing_id(drawing(0)))
    assert len(kept) == len(KeptDrawings(tmp_path)) == 0
    kept.keep(drawing(0), judged("3"))
    assert [record["label"] for record in KeptDrawings(tmp_path).records()] == ["3"]


def test_a_cut_last_line_costs_nothing_but_itself(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    kept.keep(drawing(0), judged())
    kept.keep(drawing(1), judged())
    whole = kept.path.read_bytes()
    first = whole.index(b"\n") + 1
    for size in (first, first + 1, first + 60, len(whole) - 1):
        kept.path.write_bytes(whole[:size])
        again = KeptDrawings(tmp_path)
        survivors = 2 if size == len(whole) - 1 else 1
        assert len(again) == survivors
        again.keep(drawing(2), judged("2"))
        assert [record["label"] for record in KeptDrawings(tmp_path).records()] == ["7"] * survivors + ["2"]


def test_lines_that_are_no_drawings_are_passed_over(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    kept.path.write_bytes(b'\xff\xfe\n[]\n{"id": 3}\n\nnull\n')
    kept.keep(drawing(0), judged())
    assert len(KeptDrawings(tmp_path)) == 1


def test_a_full_disk_keeps_nothing_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptDrawings(tmp_path)
    kept.keep(drawing(0), judged())
    before = kept.path.read_bytes()

    def half(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(nn_engine.io.files, "write", half)
        with pytest.raises(OSError, match="No space"):
            kept.keep(drawing(1), judged())
    assert kept.path.read_bytes() == before
    assert len(kept) == 1
    kept.keep(drawing(1), judged())
    assert len(KeptDrawings(tmp_path)) == 2


def test_every_line_is_on_the_disk_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptDrawings(tmp_path)

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(nn_engine.io.files, "sync", fail)
        with pytest.raises(OSError, match="Input/output"):
            kept.keep(drawing(0), judged())
    assert len(kept) == 0
    kept.keep(drawing(0), judged())
    assert [json.loads(line)["label"] for line in kept.path.read_text().splitlines()] == ["7"]
