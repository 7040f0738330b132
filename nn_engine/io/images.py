"""Pictures from files as raw samples: PNG and JPEG, NumPy's NPY, one image of an IDX file."""

import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn_engine.data.digit import SIZE, center_digit
from nn_engine.data.idx import IDXError, read_idx
from nn_engine.types import Array, Shape

MOST_PIXELS = 50_000_000
MOST_NPY_BYTES = 2**30


class ImageError(ValueError):
    """A file that holds no image that can be classified; the message names the file and the fault."""


@dataclass(frozen=True)
class Picture:
    """One image as the network's raw input, with what had to be done to it."""

    name: str
    sample: Array
    """Of the sample shape, on MNIST's scale: 0 no ink, 255 full ink."""
    notes: tuple[str, ...] = ()


def read_images(text: str, shape: Shape) -> list[Picture]:
    """The pictures that ``text`` names: a PNG, JPEG or NPY file, or ``FILE:INDEX`` for one image of an IDX file.

    A picture of just the sample ``shape`` is taken as it is. Any other is treated as a drawn digit if the network takes
    28×28: dark ink on light paper is turned round, then the ink is cropped, scaled and centred as MNIST's was.

    Raises ImageError or IDXError naming file and fault; OSError as ``open`` does.
    """
    path, _, index = text.rpartition(":")
    if path and index.isdigit() and not Path(text).exists():
        return [_from_idx(Path(path), int(index), shape, text)]
    if text.lower().endswith(".npy"):
        return _from_npy(Path(text), shape)
    return [_fitted(text, _from_picture(Path(text)), shape)]


def _from_idx(path: Path, index: int, shape: Shape, name: str) -> Picture:
    images = read_idx(path)
    if index >= len(images):
        raise IDXError(f"{path}: there is no image {index}; the file has {len(images):,}, counted from 0.")
    return _fitted(name, images[index], shape)


def _from_npy(path: Path, shape: Shape) -> list[Picture]:
    size = os.path.getsize(path)
    if size > MOST_NPY_BYTES:
        raise ImageError(f"{path}: the file has {size:,} bytes, more than the {MOST_NPY_BYTES:,} allowed.")
    try:
        with path.open("rb") as stream:
            version = np.lib.format.read_magic(stream)
            readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            declared, _, dtype = readers[version](stream)
            if dtype.hasobject or dtype.kind not in "buif":
                raise ImageError(f"{path}: expected numbers; the file holds {dtype}.")
            if math.prod(declared) * dtype.itemsize != size - stream.tell():
                raise ImageError(f"{path}: its header promises {declared} of {dtype}; the file has another size.")
        array = np.load(path, allow_pickle=False)
    except ImageError:
        raise
    except (ValueError, KeyError, EOFError, SyntaxError, TypeError, RecursionError, OverflowError) as error:
        raise ImageError(f"{path}: not a whole NPY file ({error}).") from None
    if not np.isfinite(array).all():
        raise ImageError(f"{path}: some of its values are not finite.")
    images = array if array.ndim == len(shape) + 1 and array.shape[1:] == shape else array[np.newaxis]
    if len(images) == 1:
        return [_fitted(str(path), _as_bytes(images[0]), shape)]
    return [_fitted(f"{path}[{number}]", _as_bytes(image), shape) for number, image in enumerate(images)]


def _as_bytes(image: Array) -> Array:
    """Values up to 1 mean shares of full ink; anything else is on the scale of bytes already."""
    if image.dtype.kind == "b" or (image.dtype.kind == "f" and image.size and image.max() <= 1):
        return np.asarray(image * 255.0)
    return image


def _from_picture(path: Path) -> Array:
    import PIL
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ImageError(f"{path}: {image.width}×{image.height} pixels are more than {MOST_PIXELS:,}.")
                if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                    paper = Image.new("RGBA", image.size, "white")
                    return np.asarray(Image.alpha_composite(paper, image.convert("RGBA")).convert("L"))
                return np.asarray(image.convert("L"))
    except (ImageError, FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except PIL.UnidentifiedImageError:
        raise ImageError(f"{path}: not a PNG, JPEG or NPY image.") from None
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as e:
        raise ImageError(f"{path}: the image is damaged or too large ({e}).") from None


def _fitted(name: str, image: Array, shape: Shape) -> Picture:
    if image.shape == shape:
        return Picture(name, image)
    if image.ndim != 2 or shape != (SIZE, SIZE):
        wanted = " × ".join(map(str, shape))
        raise ImageError(f"{name}: expected an image of {wanted}; received {' × '.join(map(str, image.shape))}.")
    if not image.size or max(image.shape) > 50 * min(image.shape):
        raise ImageError(f"{name}: an image of {image.shape[1]}×{image.shape[0]} pixels holds no digit.")
    ink = image.astype(np.float64)
    notes = [f"{image.shape[1]}×{image.shape[0]} centred into {SIZE}×{SIZE}"]
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if np.median(border) > ink.min() + (ink.max() - ink.min()) / 2:
        ink = ink.max() - ink
        notes.insert(0, "dark ink on light paper, turned round")
    if not ink.max() > 0:
        raise ImageError(f"{name}: the image is of one tone; there is no ink in it.")
    ink *= 255 / ink.max()
    ink[ink < 255 / 8] = 0  # the unevenness of paper and JPEG is not ink
    return Picture(name, center_digit(ink), tuple(notes))
