"""Data: where samples come from, how they are split, prepared and handed out in batches."""

from nn_engine.data.batches import Batch, Batches
from nn_engine.data.dataset import ArrayDataset, Dataset, Subset, Task
from nn_engine.data.mnist import MNIST
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.data.source import DataSource, LoadedData
from nn_engine.data.split import stratified_sample, stratified_split

__all__ = [
    "MNIST",
    "ArrayDataset",
    "Batch",
    "Batches",
    "DataSource",
    "Dataset",
    "LoadedData",
    "Preprocessing",
    "Subset",
    "Task",
    "stratified_sample",
    "stratified_split",
]
