"""NPY bytes become the array that NumPy would read, or are refused before anything is made of them."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from nn_engine.io.npy import array_from
from nn_engine.types import Array
from tests.nn_engine.io.damage import npy, npy_with_header

number_types = npst.boolean_dtypes() | npst.integer_dtypes() | npst.unsigned_integer_dtypes() | npst.floating_dtypes()
arrays = npst.arrays(number_types, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))


PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }"


def as_numpy_reads(data: bytes) -> Array:
    array: Array = np.load(io.BytesIO(data), allow_pickle=False)
    return array


@given(arrays, st.sampled_from([(1, 0), (2, 0), (3, 0)]), st.booleans())
def test_reads_what_numpy_writes(array: Array, version: tuple[int, int], fortran: bool) -> None:
    array = np.asarray(array, order="F" if fortran else "C")
    found = array_from(npy(array, version=version))
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()


@given(arrays, st.data())
@settings(max_examples=200)
def test_damage_is_refused_or_read_as_numpy_reads_it(array: Array, data: st.DataObject) -> None:
    damaged = bytearray(npy(array))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = array_from(bytes(damaged))
        except ValueError:
            return
    expected = as_numpy_reads(bytes(damaged))
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes()


def test_spaced_as_other_programs_do() -> None:
    header = "{'shape': (2,3),  'fortran_order': False, 'descr': '<i2'}\n"
    np.testing.assert_array_equal(array_from(npy_with_header(header, bytes(12))), np.zeros((2, 3), np.int16))
    assert array_from(npy_with_header(PLAIN)).shape == (0,)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not an NPY file"),
        (b"\x93NUMPY", "not an NPY file"),
        (b"\x93NUMPY\x04\x00" + bytes(200), "not an NPY file"),
        (b"\x93NUMPY\x01\x00\xff\xff", "header is damaged"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "header is damaged"),
        (npy_with_header("{" + " " * 20_000 + "}", version=b"\x02\x00"), "header is damaged"),
        (npy_with_header(PLAIN + " " * 20_000, version=b"\x02\x00"), "header is damaged"),
        (npy_with_header(PLAIN.replace("'fortran_order': False", "'descr': '<f8'")), "header is damaged"),
        (npy(np.zeros(3))[:-1], "promises float64 of shape (3,); the file holds 23 bytes"),
        (npy(np.zeros(3)) + b"x", "promises float64 of shape (3,); the file holds 25 bytes"),
        (npy(np.array([None]), allow_pickle=True), "expected numbers; the file holds items of the type |O"),
        (npy(np.array(["a"])), "expected numbers; the file holds items of the type <U1"),
        (npy(np.array([b"a"])), "expected numbers; the file holds items of the type |S1"),
        (npy(np.zeros(2, np.complex64)), "expected numbers; the file holds items of the type <c8"),
        (npy(np.zeros(2, "M8[s]")), "describes something else"),
        (npy(np.zeros(2, [("x", "f4")])), "describes something else"),
    ],
)
def test_refusals_say_why(data: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as caught:
        array_from(data)
    assert fault in str(caught.value)


def test_lookalike_headers_take_no_time() -> None:
    hard: list[Any] = ["{'shape': (" + "1, " * 3000, "'shape': (" * 900, "{" * 9000, "{'descr': '" * 800]
    for header in hard:
        with pytest.raises(ValueError, match="header is damaged"):
            array_from(npy_with_header(header))
