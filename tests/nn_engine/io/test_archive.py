"""Archives load exactly what was saved, or are refused in a sentence, without memory being asked for in vain."""

from __future__ import annotations

import json
import os
import pickle
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from nn_engine.io.archive import MOST_BYTES, ArchiveError, read_archive, write_archive
from nn_engine.types import Array
from tests.nn_engine.io.damage import (
    JUNK,
    Bomb,
    Members,
    each_flip,
    each_truncation,
    members_of,
    npy,
    npy_with_header,
    rewritten,
    taking_at_most,
    write_members,
)
from tests.nn_engine.io.runs import refused

LITTLE = 2_000_000  # bytes: what refusing a file may take

names = st.text("abcXYZ019_.-", min_size=1, max_size=12).filter(lambda name: name != "manifest")
kinds = st.sampled_from([np.dtype(name) for name in ("float32", "float64", "int64", "uint8")])
any_arrays = st.dictionaries(
    names,
    kinds.flatmap(lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))),
    max_size=4,
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
manifests = st.dictionaries(st.text().filter(lambda name: name != "arrays"), json_values, max_size=4)


def bits(arrays: Mapping[str, Array]) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """All that distinguishes arrays, NaN payloads and signs of zeros among it."""
    return {name: (array.dtype.name, array.shape, array.tobytes()) for name, array in arrays.items()}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.npz"
    arrays = {"weights": np.arange(6, dtype=np.float32).reshape(2, 3), "count": np.array(7)}
    write_archive(path, arrays, {"name": "small", "step": 3})
    return path


class TestRoundTrip:
    @given(any_arrays, manifests)
    @settings(max_examples=60)
    def test_what_is_saved_is_loaded(self, arrays: dict[str, Array], manifest: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "some.npz"
            write_archive(path, arrays, manifest)
            found_manifest, found = read_archive(path)
        assert bits(found) == bits(arrays)
        assert list(found) == list(arrays)
        assert json.dumps(found_manifest) == json.dumps(manifest)  # which tells 1 from 1.0 and from true

    def test_equal_contents_make_equal_files(self, tmp_path: Path) -> None:
        array = np.arange(12.0).reshape(3, 4)
        for number, same in enumerate([array, np.asfortranarray(array), array.astype(">f8"), np.tile(array, 2)[:, :4]]):
            write_archive(tmp_path / f"{number}.npz", {"a": same}, {"x": [1, None, "é"]})
        assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
        with zipfile.ZipFile(tmp_path / "0.npz") as archive:
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_numpy_reads_it_alone(self, small: Path) -> None:
        with np.load(small) as archive:
            np.testing.assert_array_equal(archive["weights"], [[0, 1, 2], [3, 4, 5]])
            assert archive["count"] == 7
            assert json.loads(archive["manifest"].tobytes())["name"] == "small"

    def test_loaded_arrays_cannot_be_changed(self, small: Path) -> None:
        with pytest.raises(ValueError, match="read-only"):
            read_archive(small)[1]["weights"][0, 0] = 1

    @pytest.mark.parametrize("array", [np.array([True]), np.array(["a"]), np.array([None]), np.zeros(1, np.float16)])
    def test_other_types_are_refused_when_writing(self, tmp_path: Path, array: Array) -> None:
        with pytest.raises(ValueError, match=r"^odd: expected one of float32, float64, int64, uint8; received"):
            write_archive(tmp_path / "a.npz", {"odd": array}, {})
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("name", ["", "manifest", "a/b", "..\\a", "a\0", "ä", "a b", "a" * 201])
    def test_odd_names_are_refused_when_writing(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError, match="cannot be the name of an array"):
            write_archive(tmp_path / "a.npz", {name: np.zeros(1)}, {})
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("manifest", [{"x": float("nan")}, {"x": float("-inf")}, {"arrays": 1}])
    def test_odd_manifests_are_refused_when_writing(self, tmp_path: Path, manifest: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"JSON|arrays"):
            write_archive(tmp_path / "a.npz", {}, manifest)
        assert not list(tmp_path.iterdir())


class TestDamage:
    def test_every_flipped_bit(self, small: Path) -> None:
        manifest, arrays = read_archive(small)
        unchanged = refusals = 0
        for flip in each_flip(small):
            try:
                found_manifest, found = read_archive(small)
            except ArchiveError as error:
                refusals += str(error).startswith(f"{small}: ")
            else:
                assert found_manifest == manifest, flip
                assert bits(found) == bits(arrays), flip
                unchanged += 1
        # Dates, for one, may say what they will; numbers, names and sizes may not.
        assert unchanged > 100
        assert refusals > 5 * unchanged
        assert unchanged + refusals == 8 * small.stat().st_size

    def test_every_truncation(self, small: Path) -> None:
        lengths = 0
        for length in each_truncation(small):
            lengths += 1
            with pytest.raises(ArchiveError) as caught:
                read_archive(small)
            assert ("the file is empty" if length == 0 else "not a whole checkpoint file") in refused(caught, small)
        assert lengths > 500

    @pytest.mark.parametrize("kind", JUNK)
    def test_other_files(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "junk.npz"
        path.write_bytes(JUNK[kind])
        with pytest.raises(ArchiveError) as caught:
            read_archive(path)
        assert ("the file is empty" if kind == "empty" else "not a whole checkpoint file") in refused(caught, path)

    def test_npz_of_somebody_else(self, tmp_path: Path) -> None:
        path = tmp_path / "foreign.npz"
        np.savez(path, weights=np.zeros(3))
        with pytest.raises(ArchiveError, match="has no manifest, so it was not written by this program"):
            read_archive(path)
        np.savez(path, manifest=np.zeros(3))
        with pytest.raises(ArchiveError, match="not a whole checkpoint file"):
            read_archive(path)

    def test_nothing_is_ever_unpickled(self, tmp_path: Path) -> None:
        bomb = tmp_path / "exploded"
        objects = np.array([Bomb(bomb)], object)
        pickled = npy(objects, allow_pickle=True)
        path = tmp_path / "pickled.npz"
        files = [pickle.dumps(Bomb(bomb)), pickled]
        for members in ({"manifest.npy": pickled}, {"manifest": pickle.dumps(Bomb(bomb))}):
            write_members(path, members)
            files.append(path.read_bytes())
        write_archive(path, {"a": np.zeros(1)}, {})
        rewritten(path, lambda members: members.update({"a.npy": pickled}))
        files.append(path.read_bytes())
        for data in files:
            path.write_bytes(data)
            with pytest.raises(ArchiveError) as caught:
                read_archive(path)
            refused(caught, path)
            assert not bomb.exists()
        with np.load(path, allow_pickle=True) as archive:
            archive["a"]
        assert bomb.exists(), "the bomb was none, so this test shows nothing"

    def test_folder_and_missing_file_are_errors_of_the_system(self, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError):
            read_archive(tmp_path)
        with pytest.raises(FileNotFoundError):
            read_archive(tmp_path / "none.npz")


class TestForgery:
    """Archives that are whole as ZIP files and yet not what was written."""

    def check(self, path: Path, fault: str) -> None:
        with taking_at_most(LITTLE), pytest.raises(ArchiveError) as caught:
            read_archive(path)
        assert fault in refused(caught, path)

    @pytest.mark.parametrize(
        ("fault", "change"),
        [
            ("not those the manifest names (count.npy)", lambda members: members.pop("count.npy")),
            ("not those the manifest names (more.npy)", lambda members: members.update({"more.npy": npy(np.zeros(1))})),
            (
                "not those the manifest names (count.npy, much.npy)",
                lambda m: m.update({"much.npy": m.pop("count.npy")}),
            ),
            ("has no manifest", lambda members: members.pop("manifest.npy")),
            ("not of the type and shape", lambda members: members.update({"count.npy": npy(np.array([7]))})),
            ("not of the type and shape", lambda members: members.update({"count.npy": npy(np.array(7.0))})),
            ("its SHA-256 is not that of what was saved", lambda m: m.update({"count.npy": npy(np.array(8))})),
            ("holds int32, which a checkpoint does not", lambda m: m.update({"count.npy": npy(np.array(7, "i4"))})),
            ("holds >i8, which a checkpoint does not", lambda m: m.update({"count.npy": npy(np.array(7, ">i8"))})),
            ("expected numbers", lambda m: m.update({"count.npy": npy(np.array("seven"))})),
            ("not an NPY file", lambda members: members.update({"count.npy": b"7"})),
            ("not an NPY file", lambda members: members.update({"count.npy": b""})),
            ("not a whole NPY file", lambda m: m.update({"count.npy": npy_with_header("{'descr': " + "[" * 5000)})),
            ("not a whole NPY file", lambda m: m.update({"count.npy": npy_with_header("exit()")})),
        ],
    )
    def test_changed_members(self, small: Path, fault: str, change: Callable[[Members], object]) -> None:
        rewritten(small, change)
        self.check(small, fault)

    @pytest.mark.parametrize(
        ("fault", "text"),
        [
            ("Expecting value", b"not JSON"),
            ("not a whole checkpoint file", b"\xff\xfe\xfd"),
            ("not a whole checkpoint file", b"[" * 100_000),
            ("NaN is not a number in JSON", b'{"arrays": {}, "x": NaN}'),
            ("expected an object; found [1]", b"[1]"),
            ("expected an object; found 'arrays'", b'"arrays"'),
            ("arrays: expected an object; found None", b"{}"),
            ("arrays: expected an object", b'{"arrays": ["weights", "count"]}'),
            ("arrays.count: expected an object; found 1", b'{"arrays": {"count": 1}}'),
            ("arrays.count: dtype is missing", b'{"arrays": {"count": {"shape": [], "sha256": ""}}}'),
            ("x is not expected", b'{"arrays": {"count": {"dtype": "", "shape": [], "sha256": "", "x": 1}}}'),
            ("dtype: expected text", b'{"arrays": {"count": {"dtype": 1, "shape": [], "sha256": ""}}}'),
            ("shape: expected a list", b'{"arrays": {"count": {"dtype": "", "shape": 1, "sha256": ""}}}'),
            ("shape[0]: expected a whole", b'{"arrays": {"count": {"dtype": "", "shape": [-1], "sha256": ""}}}'),
            ("shape[0]: expected a whole", b'{"arrays": {"count": {"dtype": "", "shape": [true], "sha256": ""}}}'),
            ("sha256: expected text", b'{"arrays": {"count": {"dtype": "", "shape": [], "sha256": null}}}'),
        ],
    )
    def test_changed_manifests(self, small: Path, fault: str, text: bytes) -> None:
        rewritten(small, lambda members: members.update({"manifest.npy": npy(np.frombuffer(text, np.uint8))}))
        self.check(small, fault)

    @pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_compressed(self, small: Path, compression: int) -> None:
        write_members(small, members_of(small), compression)
        self.check(small, "compressed or encrypted")

    def test_bomb(self, tmp_path: Path) -> None:
        path = tmp_path / "bomb.npz"
        write_members(path, {"manifest.npy": npy(np.zeros(100_000_000, np.uint8))}, zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 200_000
        self.check(path, "compressed or encrypted")

    def test_encrypted(self, small: Path) -> None:
        data = bytearray(small.read_bytes())
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
        small.write_bytes(data)
        self.check(small, "compressed or encrypted")

    def test_two_arrays_of_one_name(self, small: Path) -> None:
        with zipfile.ZipFile(small, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("count.npy", npy(np.array(7)))
        self.check(small, "two arrays have the same name")

    @pytest.mark.parametrize("size", [4_000_000_000, 100_000])
    def test_sizes_that_lie(self, small: Path, size: int) -> None:
        data = bytearray(small.read_bytes())
        entry = data.rindex(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = struct.pack("<I", size)  # the size once unpacked
        small.write_bytes(data)
        self.check(small, "claim to be larger than the file")

    @pytest.mark.parametrize(
        "shape",
        ["(1000000000000,)", "(999999999999999999, 999999999999999999)", "(4, -4, -1)", "(5,)", f"({'9' * 400},)"],
    )
    def test_header_that_promises_too_much(self, small: Path, shape: str) -> None:
        header = "{'descr': '<i8', 'fortran_order': False, 'shape': " + shape + ", }"
        rewritten(small, lambda members: members.update({"count.npy": npy_with_header(header, bytes(32))}))
        self.check(small, "header")

    def test_manifest_of_many_megabytes(self, tmp_path: Path) -> None:
        path = tmp_path / "large.npz"
        blanks = np.full(65 * 2**20, ord(" "), np.uint8)
        write_members(path, {"manifest.npy": npy(blanks)})
        self.check(path, "the manifest is larger than the 67,108,864 bytes allowed")

    def test_oversized_file(self, tmp_path: Path) -> None:
        path = tmp_path / "oversized.npz"
        path.touch()
        os.truncate(path, MOST_BYTES + 1)  # sparse: it takes no room
        self.check(path, "more than the 8,589,934,592 allowed")
        os.truncate(path, MOST_BYTES)
        self.check(path, "not a whole checkpoint file")

    def test_no_warning_gets_out(self, small: Path) -> None:
        header = r"{'descr': '<i8', 'fortran_order': False, 'shape': (1L,), '\d': 1}"
        rewritten(small, lambda members: members.update({"count.npy": npy_with_header(header, bytes(8))}))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.check(small, "header is damaged")
