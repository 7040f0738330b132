"""IDX files: what is written is read, and whatever else lies in a file is refused in words, at no cost."""

from __future__ import annotations

import errno
import gzip
import pickle
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nn_engine.data.idx import MOST_BYTES, IDXError, read_idx
from nn_engine.types import Array

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}
SAMPLE = np.arange(24, dtype=np.int16).reshape(2, 3, 4) - 7

with_files = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""Every example writes its own file over the last one."""


def header(code: int, sizes: tuple[int, ...]) -> bytes:
    """The beginning of an IDX file."""
    return bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


def as_idx(array: Array) -> bytes:
    """An array as the format describes it, written here without a look at the reader."""
    return header(CODES[array.dtype.name], array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


def written(path: Path, content: bytes) -> Path:
    """The path, with this content in the file."""
    path.write_bytes(content)
    return path


def refuse(path: Path, message: str) -> None:
    """The file is refused by an IDXError that begins with its path and says this."""
    with pytest.raises(IDXError, match=message) as refused:
        read_idx(path)
    assert str(refused.value).startswith(f"{path}: ")


@st.composite
def arrays(draw: st.DrawFn) -> Array:
    """Arrays of every type that the format knows, of any rank it can be read with, with any bits in them."""
    dtype = np.dtype(draw(st.sampled_from(list(CODES))))
    shape = tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=8)))
    size = int(np.prod(shape)) * dtype.itemsize
    data = np.random.default_rng(draw(st.integers(0, 2**32))).bytes(size)
    return np.frombuffer(data, dtype).reshape(shape)


# -- what is written is read --------------------------------------------------------------------------------------


@given(array=arrays(), packed=st.booleans())
@with_files
def test_every_type_and_rank_is_read_as_written(tmp_path: Path, array: Array, packed: bool) -> None:
    content = as_idx(array)
    path = written(tmp_path / "any name", gzip.compress(content, 1) if packed else content)
    found = read_idx(path)
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_numbers_come_in_their_order(tmp_path: Path, packed: bool) -> None:
    content = bytes([0, 0, 0x0B, 2, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes([0, 1, 1, 0, 255, 255, 128, 0])
    found = read_idx(written(tmp_path / "numbers", gzip.compress(content) if packed else content))
    np.testing.assert_array_equal(found, [[1, 256], [-1, -32768]])


def test_the_result_may_be_written_to(tmp_path: Path) -> None:
    found = read_idx(written(tmp_path / "bytes", as_idx(np.zeros((2, 2), np.uint8))))
    found[0, 0] = 1
    assert found.sum() == 1


def test_a_packed_file_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_idx(written(tmp_path / "plain.gz", as_idx(SAMPLE))), SAMPLE)
    np.testing.assert_array_equal(read_idx(written(tmp_path / "packed", gzip.compress(as_idx(SAMPLE)))), SAMPLE)


def test_a_file_of_several_packed_parts_is_one_file(tmp_path: Path) -> None:
    content = as_idx(SAMPLE)
    path = written(tmp_path / "parts.gz", gzip.compress(content[:20]) + gzip.compress(content[20:]))
    np.testing.assert_array_equal(read_idx(path), SAMPLE)


def test_a_path_may_be_text(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_idx(str(written(tmp_path / "text", as_idx(SAMPLE)))), SAMPLE)


# -- what is not whole --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_cut_short_anywhere_is_refused(tmp_path: Path, packed: bool) -> None:
    content = as_idx(SAMPLE)
    if packed:
        content = gzip.compress(content, mtime=0)
    for length in range(len(content)):
        refuse(written(tmp_path / "cut", content[:length]), ".")
    np.testing.assert_array_equal(read_idx(written(tmp_path / "cut", content)), SAMPLE)


def test_data_that_is_cut_short_and_then_packed_is_refused(tmp_path: Path) -> None:
    content = as_idx(SAMPLE)
    for length in range(len(content)):
        refuse(written(tmp_path / "cut.gz", gzip.compress(content[:length], 1)), ".")


@pytest.mark.parametrize("extra", [b"\0", b"more", bytes(100_000)])
def test_bytes_behind_the_data_are_refused(tmp_path: Path, extra: bytes) -> None:
    found = f"{48 + len(extra):,}"
    refuse(written(tmp_path / "long", as_idx(SAMPLE) + extra), f"promises 48 bytes of data; the file holds {found}")
    refuse(written(tmp_path / "long.gz", gzip.compress(as_idx(SAMPLE) + extra)), "promises 48 bytes .* holds more")


def test_bytes_behind_the_packing_are_refused(tmp_path: Path) -> None:
    refuse(written(tmp_path / "long.gz", gzip.compress(as_idx(SAMPLE)) + b"more"), "gzip packing is damaged")


@pytest.mark.parametrize(("sizes", "promised"), [((2, 3, 5), 60), ((3, 3, 4), 72), ((2, 3, 3), 36), ((0, 3, 4), 0)])
def test_a_header_that_promises_too_much_or_too_little_is_refused(
    tmp_path: Path, sizes: tuple[int, ...], promised: int
) -> None:
    content = header(0x0B, sizes) + as_idx(SAMPLE)[16:]
    refuse(written(tmp_path / "wrong", content), f"promises {promised} bytes of data; the file holds 48")
    found = "only 48" if promised > 48 else "more"
    refuse(written(tmp_path / "wrong.gz", gzip.compress(content)), f"promises {promised} bytes .* holds {found}")


# -- what is no IDX file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "found nothing"),
        (b"\0", "found 00"),
        (b"\0\0\x08", "found 00 00 08"),
        (b"\0\1\x08\1\0\0\0\0", "found 00 01 08 01"),
        (b"\1\0\x08\1\0\0\0\0", "found 01 00 08 01"),
        (b"\0\0\x0a\1\0\0\0\0", "found 00 00 0a 01"),
        (b"\0\0\x00\1\0\0\0\0", "found 00 00 00 01"),
        (b"\0\0\x0f\1\0\0\0\0", "found 00 00 0f 01"),
        (b"\0\0\x08\0", "found 00 00 08 00"),
        (b"\0\0\x08\x09" + bytes(36), "found 00 00 08 09"),
        (b"\0\0\x08\xff" + bytes(1020), "found 00 00 08 ff"),
        (b"\x89PNG\r\n\x1a\n", "found 89 50 4e 47"),
        (pickle.dumps({"digits": [1, 2, 3]}), "found 80 04 95"),
        (b"PK\3\4" + bytes(100), "found 50 4b 03 04"),
        (b"hello, world", "found 68 65 6c 6c"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_no_idx_file_is_refused(tmp_path: Path, content: bytes, shown: str, packed: bool) -> None:
    path = written(tmp_path / "other", gzip.compress(content) if packed else content)
    refuse(path, f"not an IDX file. It should begin with 00 00, a type code and a rank; {shown}")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    touched = tmp_path / "touched"

    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (touched,))

    refuse(written(tmp_path / "pickle", pickle.dumps(Harm())), "not an IDX file")
    assert not touched.exists()


@given(content=st.binary(max_size=60), magic=st.sampled_from([b"", b"\0\0\x08\1", b"\0\0\x0e\3", b"\x1f\x8b\x08\0"]))
@with_files
def test_any_bytes_are_read_or_refused_by_name(tmp_path: Path, content: bytes, magic: bytes) -> None:
    path = written(tmp_path / "bytes", magic + content)
    try:
        found = read_idx(path)
    except IDXError as refused:
        assert str(refused).startswith(f"{path}: ")  # noqa: PT017 - some of them are sound
    else:
        assert as_idx(found) == magic + content


@given(data=st.data())
@with_files
def test_a_damaged_packing_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(as_idx(SAMPLE), mtime=0))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= 1 << data.draw(st.integers(0, 7))
    path = written(tmp_path / "damaged.gz", bytes(packed))
    try:
        found = read_idx(path)
    except IDXError as refused:
        assert str(refused).startswith(f"{path}: ")  # noqa: PT017 - what follows is for the others
    else:
        # The packing's header has a time and the like, and its last bits may be unused: nothing of the data.
        np.testing.assert_array_equal(found, SAMPLE)


def test_a_wrong_checksum_of_the_packing_is_noticed(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(as_idx(SAMPLE)))
    packed[-8] ^= 1
    refuse(written(tmp_path / "damaged.gz", bytes(packed)), r"packing is damaged .*CRC.* Fetch the file again\.")


def test_what_only_looks_packed_is_refused(tmp_path: Path) -> None:
    refuse(written(tmp_path / "looks.gz", b"\x1f\x8b" + bytes(30)), "packing is damaged")
    refuse(written(tmp_path / "looks.gz", b"\x1f\x8b"), "packing is damaged or cut short")
    refuse(written(tmp_path / "looks.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\xff" * 30), "packing is damaged")


def test_a_missing_file_or_a_folder_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        read_idx(tmp_path / "nowhere")
    assert missing.value.filename == str(tmp_path / "nowhere") or missing.value.filename == tmp_path / "nowhere"
    with pytest.raises(IsADirectoryError):
        read_idx(tmp_path)


# -- what would cost too much -------------------------------------------------------------------------------------

FEW_BYTES = 40 * 2**20


def cost_of_refusing(path: Path, message: str) -> int:
    """The most memory in use while the file is refused, in bytes."""
    tracemalloc.start()
    try:
        refuse(path, message)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("code", "sizes"),
    [(0x08, (2**32 - 1,)), (0x0E, (2**30,)), (0x08, (2**16, 2**15, 2)), (0x0D, (60_000, 28, 28, 40))],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_small_file_that_promises_gigabytes_costs_nothing(
    tmp_path: Path, code: int, sizes: tuple[int, ...], packed: bool
) -> None:
    content = header(code, sizes) + bytes(10)
    path = written(tmp_path / "promise", gzip.compress(content) if packed else content)
    assert path.stat().st_size < 100
    assert cost_of_refusing(path, "the header promises .* bytes of data; the file holds") < FEW_BYTES


@pytest.mark.parametrize(
    ("code", "sizes"),
    [
        (0x0E, (2**31,)),
        (0x08, (2**32 - 1, 3)),
        (0x0E, (2**32 - 1,) * 8),
        # Nothing at all, if one multiplies; but no array can have this shape.
        (0x08, (0, 2**32 - 1, 2**32 - 1, 2**32 - 1)),
        (0x08, (2**32 - 1, 2**32 - 1, 0)),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_more_than_is_ever_allowed_is_refused_before_anything_is_read(
    tmp_path: Path, code: int, sizes: tuple[int, ...], packed: bool
) -> None:
    content = header(code, sizes)
    path = written(tmp_path / "promise", gzip.compress(content) if packed else content)
    assert cost_of_refusing(path, f"more than the {MOST_BYTES:,} allowed") < FEW_BYTES


def test_a_packed_file_that_holds_far_more_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    megabyte = bytes(2**20)
    content = packer.compress(header(0x08, (1000,))) + b"".join(packer.compress(megabyte) for _ in range(200))
    path = written(tmp_path / "bomb.gz", content + packer.flush())
    assert path.stat().st_size < 300_000
    assert cost_of_refusing(path, "promises 1,000 bytes of data; the file holds more") < 2**20


@pytest.mark.parametrize("sizes", [(0,), (0, 28, 28), (28, 0), (0, 0)])
def test_nothing_is_an_array_too(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    found = read_idx(written(tmp_path / "empty", header(0x08, sizes)))
    assert found.shape == sizes


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that refuses to be read")
def test_a_file_that_the_disk_does_not_give_is_named(tmp_path: Path) -> None:
    """Reading a process's memory at address 0 fails as reading a broken disk does."""
    path = tmp_path / "images"
    path.symlink_to("/proc/self/mem")
    with pytest.raises(OSError, match="Input/output error") as caught:
        read_idx(path)
    assert caught.value.errno == errno.EIO
    assert caught.value.filename == str(path)
