"""Pictures from files as raw samples: PNG and JPEG, NumPy's NPY, one image of an IDX file."""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nn_engine.data.digit import SIZE, center_digit
from nn_engine.data.idx import IDXError, read_idx
from nn_engine.io import npy
from nn_engine.types import Array, Shape

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000
_ENOUGH_PIXELS = 500  # a side
MOST_NPY_BYTES = 2**30
_TURNED_ROUND = "dark ink on light paper, turned round"
_ORIENTATION = 0x0112  # the EXIF tag by which a camera says how it was held


class ImageError(ValueError):
    """A file that holds no image that can be classified; the message names the file and the fault."""


@dataclass(frozen=True)
class Picture:
    """One image as the network's raw input, with what had to be done to it."""

    name: str
    sample: Array
    """Of the sample shape; a digit is on MNIST's scale, 0 no ink and 255 full ink."""
    notes: tuple[str, ...] = ()


def read_images(text: str, shape: Shape) -> list[Picture]:
    """The pictures that ``text`` names: a PNG, JPEG or NPY file, or ``FILE:INDEX`` for one image of an IDX file.

    Samples of just the ``shape`` are taken as they are. If that is 28×28, the network reads digits: numbers up to 1
    then mean shares of full ink, and anything of another size is treated as a drawn digit: dark ink on light paper is
    turned round (in a PNG or JPEG of 28×28 pixels, too), then the ink is cropped, scaled and centred as MNIST's was.

    Raises ImageError or IDXError naming file and fault; OSError as ``open`` does.
    """
    path, _, index = text.rpartition(":")
    if path and index.isascii() and index.isdigit() and not os.path.exists(text):
        return [_from_idx(Path(path), index, shape, text)]
    if text.lower().endswith(".npy"):
        return _from_npy(Path(text), shape)
    pixels = _from_picture(Path(text))
    if pixels.shape == shape == (SIZE, SIZE) and pixels.min() == pixels.max():
        raise _no_ink(text)
    if pixels.shape == shape == (SIZE, SIZE) and _paper(pixels)[1]:
        return [Picture(text, pixels.max() - pixels, (_TURNED_ROUND,))]
    return [_fitted(text, pixels, shape)]


def _from_idx(path: Path, index: str, shape: Shape, name: str) -> Picture:
    images = read_idx(path)
    number = int(index[:20])
    if number >= len(images):
        raise IDXError(f"{path}: there is no image {index[:20]}; the file has {len(images):,}, counted from 0.")
    return _fitted(name, _numbers(name, images[number], shape), shape)


def _from_npy(path: Path, shape: Shape) -> list[Picture]:
    size = os.path.getsize(path)
    if size > MOST_NPY_BYTES:
        raise ImageError(f"{path}: the file has {size:,} bytes, more than the {MOST_NPY_BYTES:,} allowed.")
    try:
        array = npy.array_from(path.read_bytes())
    except ValueError as error:
        raise ImageError(f"{path}: {error}") from None
    if array.shape[1:] != shape or array.ndim != len(shape) + 1:
        return [_fitted(str(path), _numbers(str(path), array, shape), shape)]
    if not len(array):
        raise ImageError(f"{path}: there is no image in it; its shape is {array.shape}.")
    names = [str(path)] if len(array) == 1 else [f"{path}[{number}]" for number in range(len(array))]
    return [_fitted(name, _numbers(name, image, shape), shape) for name, image in zip(names, array, strict=True)]


def _numbers(name: str, image: Array, shape: Shape) -> Array:
    """What a file holds as raw samples. Of a digit, booleans and real numbers up to 1 mean shares of full ink."""
    if not np.isfinite(image).all() or not (np.abs(image) <= np.finfo(np.float32).max).all():
        raise ImageError(f"{name}: some of its values are not finite.")
    # A row of a table whose measurements are all small means just these, and so does an image of any other kind.
    if shape == (SIZE, SIZE) and (image.dtype.kind == "b" or (image.dtype.kind == "f" and image.max(initial=0) <= 1)):
        return np.asarray(image * np.float64(255))
    return image


def _from_picture(path: Path) -> Array:
    """The shades of a PNG or JPEG as bytes, (height, width), upright; transparent pixels are white paper."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that can be lived with
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ImageError(f"{path}: {image.width}×{image.height} pixels are more than {MOST_PIXELS:,}.")
                return _upright(_shades(image), image.getexif().get(_ORIENTATION))
    except (ImageError, FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except UnidentifiedImageError:
        raise ImageError(f"{path}: not a PNG, JPEG or NPY image; one image of an IDX file is FILE:INDEX.") from None
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as e:
        raise ImageError(f"{path}: the image is damaged or too large ({e}).") from None


def _shades(image: "Image.Image") -> Array:
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255 instead of scaling them
        return np.asarray(np.rint(np.asarray(image) / 257).clip(0, 255), np.uint8)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(paper, image.convert("RGBA")).convert("L"))
    return np.asarray(image.convert("L"))


def _upright(pixels: Array, orientation: object) -> Array:
    """Turned as a camera that notes its ``orientation`` in EXIF wants it: 1 to 8, or nothing."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.T
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _paper(image: Array) -> tuple[float, bool]:
    """The shade of the paper, which is that of most of the rim, and whether the ink is darker."""
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    shade = float(np.median(rim))
    return shade, shade > (float(image.min()) + float(image.max())) / 2


def _reduced(image: Array) -> Array:
    """A photograph with fewer pixels, each the mean of a square of them: more than enough for a digit."""
    factor = max(image.shape) // _ENOUGH_PIXELS
    if factor < 2:
        return image
    rows, columns = (np.arange(0, size, factor) for size in image.shape)
    sums = np.add.reduceat(np.add.reduceat(image, columns, axis=1, dtype=np.float64), rows, axis=0)
    heights, widths = (np.diff(starts, append=size) for starts, size in zip((rows, columns), image.shape, strict=True))
    return np.asarray(sums / np.outer(heights, widths))


def _fitted(name: str, image: Array, shape: Shape) -> Picture:
    if image.shape == shape:
        return Picture(name, image)
    if image.ndim != 2 or shape != (SIZE, SIZE):
        wanted, found = (" × ".join(map(str, sizes)) or "a single number" for sizes in (shape, image.shape))
        wanted = f"an image of {wanted}" if len(shape) > 1 else f"{wanted} values a sample"
        raise ImageError(f"{name}: expected {wanted}; received {found}.")
    if not image.size or max(image.shape) > 50 * min(image.shape):
        raise ImageError(f"{name}: an image of {image.shape[1]}×{image.shape[0]} pixels holds no digit.")
    notes = [f"{image.shape[1]}×{image.shape[0]} centred into {SIZE}×{SIZE}"]
    image = _reduced(image)
    paper, is_dark_on_light = _paper(image)
    if is_dark_on_light:
        notes.insert(0, _TURNED_ROUND)
    ink = image.astype(np.float64) - paper
    ink = np.maximum(-ink if is_dark_on_light else ink, 0)
    if not ink.max() > 0:
        raise _no_ink(name)
    ink *= 255 / ink.max()
    ink[ink < 255 / 8] = 0  # the unevenness of paper and JPEG is not ink
    return Picture(name, center_digit(ink), tuple(notes))


def _no_ink(name: str) -> ImageError:
    return ImageError(f"{name}: the image is of one tone; there is no ink in it.")
