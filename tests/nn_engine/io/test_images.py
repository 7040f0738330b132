"""Pictures of a digit in any file become the digit they show; files that show none are refused in a sentence."""

from __future__ import annotations

import gzip
import io
import itertools
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from nn_engine.data import LoadedData
from nn_engine.data.idx import IDXError
from nn_engine.io.images import MOST_NPY_BYTES, ImageError, Picture, read_images
from nn_engine.types import Array
from tests.nn_engine.io.damage import JUNK, Bomb, npy, npy_with_header, taking_at_most
from tests.nn_engine.io.runs import refused

SHAPE = (28, 28)
TURNED_ROUND = "dark ink on light paper, turned round"


@pytest.fixture(scope="session")
def digit(mnist: LoadedData) -> Array:
    """A seven of MNIST, (28, 28) bytes."""
    images: Array = np.empty((1, 28, 28), np.uint8)
    mnist.test.read(np.array([0]), images)
    return images.reshape(SHAPE)


@pytest.fixture(scope="session")
def large(digit: Array) -> Array:
    """The same digit with four times as many pixels, off the middle: (200, 150)."""
    image = np.zeros((200, 150), np.uint8)
    image[70:182, 20:132] = np.kron(digit, np.ones((4, 4), np.uint8))
    return image


def one(path: Path | str) -> Picture:
    """The only picture in a file."""
    (picture,) = read_images(str(path), SHAPE)
    assert picture.sample.shape == SHAPE
    return picture


def png(pixels: Array, path: Path, mode: str | None = None, **keywords: Any) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, "PNG", **keywords)
    return path


def idx(array: Array) -> bytes:
    """The bytes of an IDX file."""
    code = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def check_refused(path: Path, fault: str, text: str | None = None) -> None:
    with pytest.raises((ImageError, IDXError)) as caught:
        read_images(text or str(path), SHAPE)
    assert fault in refused(caught, path)


class TestPNG:
    @pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA"])
    def test_a_digit_of_mnist_passes_unchanged(self, tmp_path: Path, digit: Array, mode: str) -> None:
        picture = one(png(digit, tmp_path / "a.png", mode))
        np.testing.assert_array_equal(picture.sample, digit)
        assert picture.sample.dtype == np.uint8
        assert picture.notes == ()
        assert picture.name == str(tmp_path / "a.png")

    def test_16_bits_are_scaled_not_cut_off(self, tmp_path: Path, digit: Array) -> None:
        picture = one(png(digit.astype(np.uint16) * 257, tmp_path / "a.png"))
        with Image.open(tmp_path / "a.png") as image:
            assert image.mode.startswith("I")
        np.testing.assert_array_equal(picture.sample, digit)

    def test_two_shades(self, tmp_path: Path, digit: Array) -> None:
        picture = one(png(np.where(digit > 127, 255, 0).astype(np.uint8), tmp_path / "a.png", "1"))
        np.testing.assert_array_equal(picture.sample, np.where(digit > 127, 255, 0))

    def test_transparent_pixels_are_paper(self, tmp_path: Path, digit: Array, large: Array) -> None:
        # What drawing programs export: black strokes on nothing.
        strokes = np.zeros((*large.shape, 4), np.uint8)
        strokes[..., 3] = large
        drawn = one(png(strokes, tmp_path / "drawn.png"))
        plain = one(png(255 - large, tmp_path / "plain.png"))
        np.testing.assert_array_equal(drawn.sample, plain.sample)
        assert drawn.notes[0] == TURNED_ROUND
        palette = Image.fromarray(255 - digit).convert("P")
        palette.save(tmp_path / "palette.png", transparency=255)
        np.testing.assert_array_equal(one(tmp_path / "palette.png").sample, digit)

    @pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
    def test_dark_on_light_is_the_same_digit_as_light_on_dark(self, tmp_path: Path, large: Array, mode: str) -> None:
        light = one(png(large, tmp_path / "light.png", mode))
        dark = one(png(255 - large, tmp_path / "dark.png", mode))
        np.testing.assert_array_equal(light.sample, dark.sample)
        assert light.notes == ("150×200 centred into 28×28",)
        assert dark.notes == (TURNED_ROUND, "150×200 centred into 28×28")

    def test_dark_on_light_of_just_the_right_size(self, tmp_path: Path, digit: Array) -> None:
        picture = one(png(255 - digit, tmp_path / "a.png"))
        np.testing.assert_array_equal(picture.sample, digit)
        assert picture.notes == (TURNED_ROUND,)

    @pytest.mark.parametrize("paper", [0, 60, 200, 255])
    def test_grey_paper_is_no_ink(self, tmp_path: Path, large: Array, paper: int) -> None:
        expected = one(png(large, tmp_path / "black.png")).sample
        ink = large.astype(float) / 255
        grey = np.rint(paper * (1 - ink) + (255 if paper < 128 else 0) * ink).astype(np.uint8)
        found = one(png(grey, tmp_path / "grey.png")).sample
        assert np.abs(found.astype(int) - expected).max() <= 8

    def test_the_digit_is_as_large_and_as_central_as_in_mnist(self, tmp_path: Path, digit: Array, large: Array) -> None:
        found = one(png(large, tmp_path / "a.png")).sample
        assert np.corrcoef(found.ravel(), digit.ravel())[0, 1] > 0.9
        rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (20, 21)

    @pytest.mark.parametrize("factor", [2, 7, 13])
    def test_a_photograph_of_many_pixels_shows_the_same(self, tmp_path: Path, large: Array, factor: int) -> None:
        expected = one(png(large, tmp_path / "a.png")).sample.astype(int)
        photograph = np.pad(np.kron(large, np.ones((factor, factor), np.uint8)), ((5, 0), (0, 11)))
        found = one(png(photograph, tmp_path / "b.png"))
        assert np.abs(found.sample - expected).max() <= (0 if photograph.shape[0] < 1000 else 24)
        assert found.notes == (f"{150 * factor + 11}×{200 * factor + 5} centred into 28×28",)

    @pytest.mark.parametrize("orientation", range(10))
    def test_a_camera_held_otherwise(self, tmp_path: Path, large: Array, orientation: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(large).save(tmp_path / "turned.png", exif=exif)
        with Image.open(tmp_path / "turned.png") as image:
            upright = np.asarray(ImageOps.exif_transpose(image))
        expected = one(png(upright, tmp_path / "upright.png"))
        np.testing.assert_array_equal(one(tmp_path / "turned.png").sample, expected.sample)
        assert one(tmp_path / "turned.png").notes == expected.notes

    @pytest.mark.parametrize("size", [(50, 40), (28, 28)])
    @pytest.mark.parametrize("shade", [0, 77, 255])
    def test_blank_pages_are_refused(self, tmp_path: Path, shade: int, size: tuple[int, int]) -> None:
        check_refused(png(np.full(size, shade, np.uint8), tmp_path / "a.png"), "of one tone; there is no ink in it")

    def test_ribbons_are_refused(self, tmp_path: Path) -> None:
        path = png(np.arange(200, dtype=np.uint8)[np.newaxis], tmp_path / "a.png")
        check_refused(path, "an image of 200×1 pixels holds no digit")

    def test_other_sizes_for_a_network_that_takes_no_digits(self, tmp_path: Path, large: Array) -> None:
        path = png(large, tmp_path / "a.png")
        with pytest.raises(ImageError, match="expected an image of 6 × 6; received 200 × 150"):
            read_images(str(path), (6, 6))
        (picture,) = read_images(str(path), (200, 150))
        np.testing.assert_array_equal(picture.sample, large)


class TestJPEG:
    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    @pytest.mark.parametrize("turned_round", [False, True])
    def test_nearly_the_digit_of_the_png(self, tmp_path: Path, large: Array, mode: str, turned_round: bool) -> None:
        expected = one(png(large, tmp_path / "a.png")).sample.astype(int)
        image = Image.fromarray(255 - large if turned_round else large).convert(mode)
        image.save(tmp_path / "a.jpg", quality=90)
        picture = one(tmp_path / "a.jpg")
        assert np.abs(picture.sample - expected).mean() < 3
        assert (TURNED_ROUND in picture.notes) == turned_round

    def test_a_damaged_note_of_the_camera_does_not_matter(self, tmp_path: Path, large: Array) -> None:
        damaged = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01"  # five entries are promised
        Image.fromarray(large).save(tmp_path / "a.jpg", exif=damaged)
        Image.fromarray(large).save(tmp_path / "b.jpg")
        with pytest.warns(UserWarning, match="Corrupt EXIF data"), Image.open(tmp_path / "a.jpg") as image:
            image.getexif()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            np.testing.assert_array_equal(one(tmp_path / "a.jpg").sample, one(tmp_path / "b.jpg").sample)

    def test_the_name_does_not_matter(self, tmp_path: Path, large: Array) -> None:
        Image.fromarray(large).save(tmp_path / "photo", "JPEG")
        Image.fromarray(large).save(tmp_path / "photo.png", "JPEG")
        np.testing.assert_array_equal(one(tmp_path / "photo").sample, one(tmp_path / "photo.png").sample)


class TestNPY:
    def test_bytes(self, tmp_path: Path, digit: Array) -> None:
        (tmp_path / "a.NPY").write_bytes(npy(digit))
        picture = one(tmp_path / "a.NPY")
        np.testing.assert_array_equal(picture.sample, digit)
        assert picture.notes == ()

    @pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "f8"])
    def test_shares_of_ink(self, tmp_path: Path, digit: Array, dtype: str) -> None:
        (tmp_path / "a.npy").write_bytes(npy((digit / 255).astype(dtype)))
        np.testing.assert_allclose(one(tmp_path / "a.npy").sample, digit, atol=0.2)

    @pytest.mark.parametrize("dtype", [">i2", "i4", "u8", "f4", "f8"])
    def test_other_numbers_on_the_scale_of_bytes(self, tmp_path: Path, digit: Array, dtype: str) -> None:
        (tmp_path / "a.npy").write_bytes(npy(digit.astype(dtype)))
        np.testing.assert_array_equal(one(tmp_path / "a.npy").sample, digit)

    def test_booleans(self, tmp_path: Path, digit: Array) -> None:
        (tmp_path / "a.npy").write_bytes(npy(digit > 127))
        np.testing.assert_array_equal(one(tmp_path / "a.npy").sample, np.where(digit > 127, 255, 0))

    @pytest.mark.parametrize("shape", [(2,), (8, 8), (28, 28, 1)])
    @pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "?"])
    def test_what_is_no_digit_is_taken_as_it_is(self, tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
        """Measurements that happen to be small are no shares of ink, and do not depend on those beside them."""
        samples = np.zeros((2, *shape), dtype)
        samples[0, 0], samples[1, -1] = 1, 2
        (tmp_path / "a.npy").write_bytes(npy(samples))
        for picture, expected in zip(read_images(str(tmp_path / "a.npy"), shape), samples, strict=True):
            np.testing.assert_array_equal(picture.sample, expected)

    def test_a_row_of_a_table_that_is_too_short(self, tmp_path: Path) -> None:
        (tmp_path / "a.npy").write_bytes(npy(np.zeros(3)))
        with pytest.raises(ImageError, match="expected 4 values a sample; received 3"):
            read_images(str(tmp_path / "a.npy"), (4,))

    def test_a_batch(self, tmp_path: Path, digit: Array) -> None:
        (tmp_path / "a.npy").write_bytes(npy(np.stack([digit, 255 - digit, digit // 2])))
        pictures = read_images(str(tmp_path / "a.npy"), SHAPE)
        assert [picture.name for picture in pictures] == [f"{tmp_path / 'a.npy'}[{number}]" for number in range(3)]
        for picture, expected in zip(pictures, (digit, 255 - digit, digit // 2), strict=True):
            np.testing.assert_array_equal(picture.sample, expected)

    def test_a_batch_of_one(self, tmp_path: Path, digit: Array) -> None:
        (tmp_path / "a.npy").write_bytes(npy(digit[np.newaxis]))
        assert one(tmp_path / "a.npy").name == str(tmp_path / "a.npy")

    def test_column_by_column(self, tmp_path: Path, digit: Array) -> None:
        (tmp_path / "a.npy").write_bytes(npy(np.asfortranarray(digit)))
        np.testing.assert_array_equal(one(tmp_path / "a.npy").sample, digit)

    def test_another_size_is_centred(self, tmp_path: Path, large: Array) -> None:
        (tmp_path / "a.npy").write_bytes(npy(large))
        expected = one(png(large, tmp_path / "a.png"))
        np.testing.assert_array_equal(one(tmp_path / "a.npy").sample, expected.sample)

    @pytest.mark.parametrize(
        ("array", "fault"),
        [
            (np.full(SHAPE, np.nan), "some of its values are not finite"),
            (np.full((2, *SHAPE), np.inf, np.float32), "some of its values are not finite"),
            (np.full(SHAPE, 1e300), "some of its values are not finite"),
            (np.full(SHAPE, -1e300), "some of its values are not finite"),
            (np.zeros((0, 28, 28)), "there is no image in it; its shape is (0, 28, 28)"),
            (np.zeros((0, 5)), "holds no digit"),
            (np.array(5), "expected an image of 28 × 28; received a single number"),
            (np.zeros(784), "expected an image of 28 × 28; received 784"),
            (np.zeros((28, 28, 3)), "expected an image of 28 × 28; received 28 × 28 × 3"),
            (np.zeros((2, 5, 5)), "expected an image of 28 × 28; received 2 × 5 × 5"),
            (np.zeros(SHAPE, complex), "expected numbers; the file holds items of the type <c16"),
            (np.full(SHAPE, "7"), "expected numbers; the file holds items of the type <U1"),
            (np.zeros(3, [("x", "f4")]), "describes something else"),
        ],
    )
    def test_what_is_no_image_is_refused(self, tmp_path: Path, array: Array, fault: str) -> None:
        (tmp_path / "a.npy").write_bytes(npy(array))
        with pytest.raises(ImageError) as caught:
            read_images(str(tmp_path / "a.npy"), SHAPE)
        assert fault in refused(caught, tmp_path / "a.npy")

    def test_nothing_is_ever_unpickled(self, tmp_path: Path) -> None:
        data = npy(np.array([Bomb(tmp_path / "exploded")], object), allow_pickle=True)
        (tmp_path / "a.npy").write_bytes(data)
        check_refused(tmp_path / "a.npy", "expected numbers; the file holds items of the type |O")
        assert not (tmp_path / "exploded").exists()
        np.load(io.BytesIO(data), allow_pickle=True)
        assert (tmp_path / "exploded").exists(), "the bomb was none, so this test shows nothing"

    def test_a_header_that_lies(self, tmp_path: Path) -> None:
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 28, 28), }"
        (tmp_path / "a.npy").write_bytes(npy_with_header(header, bytes(100)))
        with taking_at_most(1_000_000):
            check_refused(tmp_path / "a.npy", "the file holds 100 bytes")

    def test_oversized(self, tmp_path: Path) -> None:
        (tmp_path / "a.npy").touch()
        os.truncate(tmp_path / "a.npy", MOST_NPY_BYTES + 1)  # sparse: it takes no room
        check_refused(tmp_path / "a.npy", "1,073,741,825 bytes, more than the 1,073,741,824 allowed")


class TestIDX:
    def test_one_image_by_number(self, tmp_path: Path, digit: Array) -> None:
        (tmp_path / "digits").write_bytes(idx(np.stack([255 - digit, digit])))
        (tmp_path / "digits.gz").write_bytes(gzip.compress(idx(np.stack([255 - digit, digit]))))
        for name in ("digits", "digits.gz"):
            picture = one(f"{tmp_path / name}:1")
            np.testing.assert_array_equal(picture.sample, digit)
            assert (picture.name, picture.notes) == (f"{tmp_path / name}:1", ())
            # Data is taken as it is: light ground there means light ground.
            np.testing.assert_array_equal(one(f"{tmp_path / name}:0").sample, 255 - digit)

    def test_a_digit_that_comes_along(self, digit: Array) -> None:
        path = Path(__file__).parents[3] / "assets" / "mnist" / "t10k-images-idx3-ubyte.gz"
        np.testing.assert_array_equal(one(f"{path}:0").sample, digit)

    def test_a_file_of_that_name_comes_first(self, tmp_path: Path, digit: Array) -> None:
        png(digit, tmp_path / "a.png:0")
        np.testing.assert_array_equal(one(f"{tmp_path}/a.png:0").sample, digit)

    @pytest.mark.parametrize("number", ["2", "10", "99999999999999999999", "9" * 5000])
    def test_numbers_beyond_the_end(self, tmp_path: Path, digit: Array, number: str) -> None:
        path = tmp_path / "digits"
        path.write_bytes(idx(np.stack([digit, digit])))
        check_refused(path, f"there is no image {number[:20]}; the file has 2, counted from 0", f"{path}:{number}")

    @pytest.mark.parametrize("number", ["²", "-1", "x", ""])
    def test_what_is_no_number_is_part_of_the_name(self, tmp_path: Path, digit: Array, number: str) -> None:
        (tmp_path / "digits").write_bytes(idx(np.stack([digit, digit])))
        with pytest.raises(FileNotFoundError):
            read_images(f"{tmp_path / 'digits'}:{number}", SHAPE)

    @pytest.mark.parametrize(
        ("array", "fault"),
        [
            (np.zeros(5, np.uint8), "expected an image of 28 × 28; received a single number"),
            (np.full((1, 28, 28), np.nan, np.float32), "some of its values are not finite"),
            (np.zeros((1, 28, 28, 3), np.uint8), "expected an image of 28 × 28; received 28 × 28 × 3"),
        ],
    )
    def test_what_is_no_image_is_refused(self, tmp_path: Path, array: Array, fault: str) -> None:
        (tmp_path / "odd").write_bytes(idx(array))
        check_refused(tmp_path / "odd", fault, f"{tmp_path / 'odd'}:0")

    @pytest.mark.parametrize("kind", JUNK)
    def test_other_files(self, tmp_path: Path, kind: str) -> None:
        (tmp_path / "junk").write_bytes(JUNK[kind])
        with pytest.raises(IDXError) as caught:
            read_images(f"{tmp_path / 'junk'}:0", SHAPE)
        refused(caught, tmp_path / "junk")


@pytest.fixture(scope="session")
def files(large: Array) -> dict[str, bytes]:
    """Whole files of every kind, small enough to be damaged everywhere."""
    small = large[60:160:3, 20:120:3]
    found = {}
    for name, format_name, keywords in [
        ("a.png", "PNG", {}),
        ("a.jpg", "JPEG", {}),
        ("progressive.jpg", "JPEG", {"progressive": True}),
    ]:
        buffer = io.BytesIO()
        Image.fromarray(small).save(buffer, format_name, **keywords)
        found[name] = buffer.getvalue()
    text = PngInfo()
    text.add_text("about", "packed " * 50, zip=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.fromarray(small).convert("P").save(buffer, "PNG", pnginfo=text, exif=exif, icc_profile=b"none")
    found["rich.png"] = buffer.getvalue()
    found["a.npy"] = npy(small)
    return found


class TestDamage:
    @pytest.mark.parametrize("name", ["a.png", "rich.png", "a.jpg", "progressive.jpg", "a.npy"])
    def test_truncated(self, tmp_path: Path, files: dict[str, bytes], name: str) -> None:
        path, data = tmp_path / name, files[name]
        path.write_bytes(data)
        whole = one(path).sample
        refusals = 0
        lengths = sorted({*range(200), *range(200, len(data), 11), len(data) - 1} & set(range(len(data))))
        for length in lengths:
            path.write_bytes(data[:length])
            try:
                found = one(path).sample
            except ImageError as error:
                refusals += str(error).startswith(f"{path}: ")
            else:
                # The end mark, checksums and what is told after the pixels may be missing.
                np.testing.assert_array_equal(found, whole)
        assert refusals > 0.9 * len(lengths)

    @given(data=st.data(), name=st.sampled_from(["a.png", "rich.png", "a.jpg", "progressive.jpg", "a.npy"]))
    @settings(max_examples=150)
    def test_damaged_anywhere(
        self, tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], data: st.DataObject, name: str
    ) -> None:
        damaged = bytearray(files[name])
        for _ in range(data.draw(st.integers(1, 4))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        path = tmp_path_factory.getbasetemp() / name
        path.write_bytes(with_checksums(bytes(damaged)) if data.draw(st.booleans()) else damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                taken = bool(np.isfinite(one(path).sample).all())
            except ImageError as error:
                taken = str(error).startswith(f"{path}: ")
        assert taken

    @pytest.mark.parametrize("name", ["junk.png", "junk.jpg", "junk", "junk.npy"])
    @pytest.mark.parametrize("kind", JUNK)
    def test_other_files(self, tmp_path: Path, kind: str, name: str) -> None:
        (tmp_path / name).write_bytes(JUNK[kind])
        check_refused(tmp_path / name, "not an NPY file" if name == "junk.npy" else "not a PNG, JPEG or NPY image")

    @pytest.mark.parametrize("format_name", ["GIF", "BMP", "TIFF", "PPM"])
    def test_other_formats(self, tmp_path: Path, digit: Array, format_name: str) -> None:
        Image.fromarray(digit).save(tmp_path / "a.png", format_name)
        check_refused(tmp_path / "a.png", "not a PNG, JPEG or NPY image")

    @pytest.mark.parametrize(
        ("width", "height", "fault"),
        [
            (2**31 - 1, 2**31 - 1, "too large"),
            (1, 2**31 - 1, "too large"),
            (10_000, 10_000, "too large"),
            (60_000, 1000, "60000×1000 pixels are more than 50,000,000"),
        ],
    )
    def test_huge_dimensions_are_refused_before_anything_is_unpacked(
        self, tmp_path: Path, width: int, height: int, fault: str
    ) -> None:
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000_000))), (b"IEND", b"")]
        (tmp_path / "bomb.png").write_bytes(PNG_START + b"".join(itertools.starmap(chunk, chunks)))
        with taking_at_most(1_000_000):
            check_refused(tmp_path / "bomb.png", fault)

    def test_missing_file_and_folder_are_errors_of_the_system(self, tmp_path: Path) -> None:
        (tmp_path / "folder.npy").mkdir()
        for name in ("none.png", "none.npy", "none:3"):
            with pytest.raises(FileNotFoundError):
                read_images(str(tmp_path / name), SHAPE)
        for path in (tmp_path, tmp_path / "folder.npy"):
            with pytest.raises(IsADirectoryError):
                read_images(str(path), SHAPE)


PNG_START = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_checksums(data: bytes) -> bytes:
    """A damaged PNG file with checksums that fit, so that the damage gets to what reads its parts."""
    return PNG_START + b"".join(itertools.starmap(chunk, _chunks(data))) if data.startswith(PNG_START) else data


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(PNG_START)
    while place + 8 <= len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        place += 12 + size
