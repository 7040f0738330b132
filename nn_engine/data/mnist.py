"""MNIST: 70,000 handwritten digits of 28×28 pixels (LeCun, Cortes and Burges, 1998)."""

import os
from pathlib import Path
from typing import Annotated, ClassVar

from nn_engine.data.dataset import ArrayDataset
from nn_engine.data.idx import IDXError, read_idx
from nn_engine.data.source import DataSource, LoadedData
from nn_engine.declarations import Setting, register

SHIPPED = Path(__file__).parents[2] / "assets" / "mnist"
"""Where the four original files lie in this project."""


@register("mnist", label="MNIST")
class MNIST(DataSource):
    """Handwritten digits, 60,000 to learn from and 10,000 to test with, or another set in the same four files."""

    folder: Annotated[
        str | None,
        Setting(
            "The folder with the four IDX files, packed or not; none takes the digits that come along.",
            none="comes along",
            path="folder",
        ),
    ] = None

    CLASSES: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def load(self) -> LoadedData:
        return LoadedData(train=self._read("train"), test=self.load_test())

    def load_test(self) -> ArrayDataset:
        """The part to test with alone, which is read in a sixth of the time."""
        return self._read("t10k")

    def _read(self, part: str) -> ArrayDataset:
        folder = Path(os.path.expanduser(self.folder)) if self.folder else SHIPPED
        images_path = _either(folder, f"{part}-images-idx3-ubyte")
        labels_path = _either(folder, f"{part}-labels-idx1-ubyte")
        images, labels = read_idx(images_path), read_idx(labels_path)
        if images.ndim != 3 or images.dtype != "uint8":
            raise IDXError(f"{images_path}: expected images, (n, height, width) bytes; found {images.shape}.")
        if labels.shape != images.shape[:1] or labels.dtype != "uint8":
            found = f"{labels.dtype} of shape {labels.shape}"
            raise IDXError(f"{labels_path}: expected {len(images)} labels, one byte each; found {found}.")
        if labels.max(initial=0) >= len(self.CLASSES):
            raise IDXError(f"{labels_path}: expected labels from 0 to 9; found {labels.max()}.")
        return ArrayDataset(images, labels, self.CLASSES)


def _either(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{folder}: expected the file {name} or {name}.gz; it is not there.")
