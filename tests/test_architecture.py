"""The rules about who may import whom, held for every file of the program by reading its syntax tree.

main → app → nn_engine → numpy, and the finer rules within each. That the checker itself notices what breaks them is
tested below with small made-up sources.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FORMATS = {"PIL", "onnx", "safetensors", "pyarrow"}
"""Libraries that read and write one file format; needed only where such a file is met."""
QT = {"PySide6", "shiboken6", "pyqtgraph", "PyQt5", "PyQt6", "qtpy"}
KEYED_RANDOM = {"Generator", "BitGenerator", "SeedSequence", "SFC64", "PCG64", "Philox"}
"""What of ``np.random`` keeps its state to itself, and begins where a key says if it is given one."""
THREADS = {
    "threading.Thread",
    "threading.Timer",
    "concurrent.futures",
    "multiprocessing",
    "_thread",
    "PySide6.QtConcurrent",
}
MAY_START_THREADS = ("app.workers", "nn_engine.crew", "nn_engine.data.prefetch", "nn_engine.forks")
BARE = ("main", "app.bootstrap", "app.blas", "app.kernels", "app.cli.parser")
"""These run before the environment is ready, so with nothing but Python, which may be an old one."""


# -- reading ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    target: str
    """The full dotted name; for ``from a import b`` it is ``a.b``."""
    line: int
    at_import: bool
    """Whether it happens as soon as the module is imported, and not only when a function is called."""


@dataclass(frozen=True)
class Module:
    """One source file."""

    path: str
    source: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", ast.parse(self.source, self.path))

    @cached_property
    def name(self) -> str:
        """The name under which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Everything it imports, wherever in the file."""
        return tuple(self._imports_of(self.tree, at_import=True))

    def _imports_of(self, node: ast.AST, at_import: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            for target in self._targets(child):
                yield Import(target, getattr(child, "lineno", 0), at_import)
            if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
                # Never imported; but it says who knows whom.
                for part in child.body:
                    yield from self._imports_of(ast.Module([part], []), at_import=False)
                for part in child.orelse:
                    yield from self._imports_of(ast.Module([part], []), at_import)
                continue
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from self._imports_of(child, at_import and not inside)

    def _targets(self, node: ast.AST) -> list[str]:
        match node:
            case ast.Import(names=names):
                return [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                start = module or ""
                if level:
                    package = self.name.split(".")
                    above = level - (1 if self.path.endswith("/__init__.py") else 0)
                    start = ".".join([*package[: len(package) - above], *([module] if module else [])])
                return [f"{start}.{alias.name}" for alias in names]
            case ast.Call(func=func, args=[first, *_]) if ast.unparse(func).split(".")[-1] in (
                "import_module",
                "__import__",
            ):
                return [text.strip(".")] if (text := _beginning(first)) else []
        return []

    @cached_property
    def short_names(self) -> dict[str, str]:
        """What each imported name stands for: ``np`` for ``numpy``."""
        short: dict[str, str] = {}
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    # ``import a.b`` makes ``a`` known, and not ``b``.
                    short |= {alias.asname: alias.name for alias in names if alias.asname}
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    short |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in names}
        return short

    def full_name(self, node: ast.AST) -> str:
        """A dotted name with imported short names written out, such as ``threading.Thread``; "" for anything else."""
        if not isinstance(node, ast.Attribute | ast.Name):
            return ""
        first, dot, rest = ast.unparse(node).partition(".")
        return f"{self.short_names.get(first, first)}{dot}{rest}"

    def dotted_names(self) -> list[tuple[str, int]]:
        """Every dotted name that is used or imported, in full length and with its line."""
        nodes = list(ast.walk(self.tree))
        inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
        used = [node for node in nodes if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner]
        return [(self.full_name(node), node.lineno) for node in used] + [
            (each.target, each.line) for each in self.imports
        ]

    def calls_without_arguments(self) -> list[tuple[str, int]]:
        """What is called with nothing, by its full name."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and not node.args + node.keywords]
        return [(self.full_name(call.func), call.lineno) for call in calls]


def _beginning(node: ast.AST) -> str:
    """The text of a literal, or that before the first gap of an f-string."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
    return ""


def is_within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages or below one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


class Program:
    """All modules, and what each drags along."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.modules = {module.name: module for module in (Module(path, files[path]) for path in sorted(files))}

    def below(self, *packages: str) -> list[Module]:
        """The modules of these packages."""
        return [module for name, module in self.modules.items() if is_within(name, *packages)]

    def module_of(self, target: str) -> Module | None:
        """The module of this program that an imported name is, or lies in."""
        while target:
            if target in self.modules:
                return self.modules[target]
            target = target.rpartition(".")[0]
        return None

    def chains(
        self, start: Module, only_at_import: bool, with_parents: bool
    ) -> Iterator[tuple[tuple[str, ...], Import]]:
        """Every import of ``start`` and of what it imports in turn, with the modules that lead there."""
        waiting: list[tuple[Module, tuple[str, ...]]] = [(start, (start.name,))]
        if with_parents:
            waiting += [(parent, (start.name, parent.name)) for parent in self._parents(start.name)]
        seen = {module.name for module, _ in waiting}
        while waiting:
            module, way = waiting.pop(0)
            for each in module.imports:
                if only_at_import and not each.at_import:
                    continue
                yield way, each
                reached = self.module_of(each.target)
                further = [reached] if reached else []
                if with_parents and reached:
                    further += self._parents(reached.name)
                for next_module in further:
                    if next_module.name not in seen:
                        seen.add(next_module.name)
                        waiting.append((next_module, (*way, next_module.name)))

    def _parents(self, name: str) -> list[Module]:
        parts = name.split(".")
        names = [".".join(parts[:length]) for length in range(1, len(parts))]
        return [self.modules[parent] for parent in names if parent in self.modules]


# -- the rules ----------------------------------------------------------------------------------------------------

Rule = Callable[[Program], Iterator[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Have the rule checked with all the others."""
    RULES.append(function)
    return function


def _says(module: Module, line: int, what: str) -> str:
    return f"{module.path}:{line}: {what}"


def _may_import(modules: list[Module], *allowed: str, deferred: tuple[str, ...] = ()) -> Iterator[str]:
    """Violations of: nothing but the standard library and these; ``deferred`` not as soon as it is imported."""
    for module in modules:
        for each in module.imports:
            package = each.target.split(".")[0]
            if package in sys.stdlib_module_names or is_within(each.target, *allowed):
                continue
            if package in deferred and not each.at_import:
                continue
            yield _says(module, each.line, f"{module.name} may not import {each.target} here")


def _never_reach(
    program: Program, modules: list[Module], *forbidden: str, only_at_import: bool = False
) -> Iterator[str]:
    """Violations of: none of these, neither directly nor through others."""
    for module in modules:
        for way, each in program.chains(module, only_at_import, with_parents=False):
            if is_within(each.target, *forbidden):
                yield _says(module, each.line if len(way) == 1 else 0, f"{' → '.join(way)} → {each.target}")


@rule
def the_engine_needs_nothing_but_numpy(program: Program) -> Iterator[str]:
    """At import: standard library, NumPy and itself. Formats have their libraries, in io and data, in functions."""
    reading = program.below("nn_engine.io", "nn_engine.data")
    rest = [module for module in program.below("nn_engine") if module not in reading]
    yield from _may_import(rest, "nn_engine", "numpy")
    yield from _may_import(reading, "nn_engine", "numpy", deferred=tuple(FORMATS))


@rule
def the_engine_imports_its_parts_from_where_they_are(program: Program) -> Iterator[str]:
    """Not from the whole, which has everything in it and so hides who needs what."""
    for module in program.below("nn_engine"):
        for each in module.imports:
            if program.module_of(each.target) is program.modules.get("nn_engine") and is_within(
                each.target, "nn_engine"
            ):
                yield _says(module, each.line, f"{each.target} is taken from the engine as a whole")


@rule
def training_stands_above_what_it_trains(program: Program) -> Iterator[str]:
    """Layers, losses, optimizers and data know nothing of training."""
    parts = program.below(*(f"nn_engine.{name}" for name in ("layers", "losses", "optimizers", "data")))
    yield from _never_reach(program, parts, "nn_engine.training")


@rule
def training_neither_looks_nor_saves(program: Program) -> Iterator[str]:
    """Whoever wants that hands it what to call."""
    yield from _never_reach(program, program.below("nn_engine.training"), "nn_engine.inspection", "nn_engine.io")


@rule
def the_engine_does_not_print(program: Program) -> Iterator[str]:
    """It answers and reports by events."""
    for module in program.below("nn_engine"):
        for name, line in module.dotted_names():
            if is_within(name, "print", "sys.stdout", "sys.stderr"):
                yield _says(module, line, name)


@rule
def every_random_choice_has_its_key(program: Program) -> Iterator[str]:
    """Nothing draws from a generator that all share, or that begins anywhere."""
    for module in program.below("nn_engine"):
        for name, line in module.dotted_names():
            if is_within(name, "numpy.random") and not is_within(
                name, *(f"numpy.random.{kind}" for kind in KEYED_RANDOM)
            ):
                yield _says(module, line, name)
        for each in module.imports:
            if is_within(each.target, "random"):
                yield _says(module, each.line, f"import of {each.target}")
        for name, line in module.calls_without_arguments():
            if is_within(name, "numpy.random"):
                yield _says(module, line, f"{name} without a key")


@rule
def the_application_stands_above_the_engine(program: Program) -> Iterator[str]:
    """It knows nothing of main.py or of tests; main.py knows nothing but it."""
    for module in program.below("app"):
        for each in module.imports:
            if is_within(each.target, "main", "tests"):
                yield _says(module, each.line, f"import of {each.target}")
    yield from _may_import(program.below("main"), "app")


@rule
def what_runs_first_needs_nothing_but_python(program: Program) -> Iterator[str]:
    """Neither itself nor anything that it drags along as soon as it is imported."""
    for module in program.below(*BARE):
        for way, each in program.chains(module, only_at_import=True, with_parents=True):
            package = each.target.split(".")[0]
            if package not in sys.stdlib_module_names and package != "app":
                yield _says(module, each.line if len(way) == 1 else 0, f"{' → '.join(way)} → {each.target}")


@rule
def what_runs_first_can_be_read_by_an_old_python(program: Program) -> Iterator[str]:
    """So that it can say which Python it needs."""
    for module in program.below(*BARE):
        ways = program.chains(module, only_at_import=True, with_parents=True)
        reached = {module.name} | {name for way, _ in ways for name in way}
        for name in sorted(reached):
            try:
                ast.parse(program.modules[name].source, feature_version=(3, 8))
            except SyntaxError as error:
                yield _says(program.modules[name], error.lineno or 0, f"Python 3.8 cannot read this: {error.msg}")


@rule
def the_command_line_needs_no_window(program: Program) -> Iterator[str]:
    """Neither directly, nor by what it imports in turn."""
    cli = program.below("app.cli")
    for module in cli:
        for each in module.imports:
            if is_within(each.target, *QT):
                yield _says(module, each.line, f"import of {each.target}")
    yield from _never_reach(program, cli, *QT, only_at_import=True)


@rule
def widgets_know_no_view_model(program: Program) -> Iterator[str]:
    """And nothing of what is built of them."""
    above = ("app.view_models", "app.panels", "app.dialogs", "app.workers")
    yield from _never_reach(program, program.below("app.widgets"), *above)


@rule
def view_models_need_no_window(program: Program) -> Iterator[str]:
    """Of Qt they use QtCore alone."""
    models = program.below("app.view_models")
    yield from _never_reach(program, models, "app.widgets", "app.panels", "app.dialogs")
    for module in models:
        for each in module.imports:
            if is_within(each.target, *QT) and not is_within(each.target, "PySide6.QtCore"):
                yield _says(module, each.line, f"import of {each.target}")


@rule
def panels_do_not_know_each_other(program: Program) -> Iterator[str]:
    """The one list of them does; what a panel is may be said in ``panel.py``, pieces of them lie in ``parts``."""
    for module in program.below("app.panels"):
        if module.name in ("app.panels", "app.panels.registry"):
            continue
        for each in module.imports:
            other = program.module_of(each.target)
            if other is module or not is_within(each.target, "app.panels"):
                continue
            if not is_within(each.target, "app.panels.panel", "app.panels.registry", "app.panels.parts"):
                yield _says(module, each.line, f"import of {each.target}")


@rule
def threads_live_in_few_places(program: Program) -> Iterator[str]:
    """In the application's workers, and in the engine where splitting work cannot change a result.

    Everything else is called from one of them or from the window's own.
    """
    for module in program.below("app") + program.below("nn_engine"):
        if is_within(module.name, *MAY_START_THREADS):
            continue
        for name, line in module.dotted_names():
            if is_within(name, *THREADS) or not {"QThread", "QThreadPool", "QRunnable"}.isdisjoint(name.split(".")):
                yield _says(module, line, name)


def violations(files: Mapping[str, str]) -> list[str]:
    """Everything in these files that breaks a rule: the path from the root, the line, what it is."""
    program = Program(files)
    return sorted({found for each in RULES for found in each(program)})


# -- the program --------------------------------------------------------------------------------------------------


def program_files() -> dict[str, str]:
    """Every source file of the program, without its tests."""
    paths = [ROOT / "main.py", *(ROOT / "app").rglob("*.py"), *(ROOT / "nn_engine").rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}


def test_the_program_keeps_to_its_rules() -> None:
    assert violations(program_files()) == []


def test_the_whole_program_is_read() -> None:
    program = Program(program_files())
    for name in ("main", *BARE, "app.cli", "nn_engine", "nn_engine.layers.dense", "nn_engine.data.augmentation.warp"):
        assert name in program.modules
    for package in ("nn_engine.layers", "nn_engine.losses", "nn_engine.optimizers", "nn_engine.data", "nn_engine.io"):
        assert len(program.below(package)) > 3
    imports = program.modules["nn_engine.layers.dense"].imports
    assert Import("numpy", 5, at_import=True) in imports
    assert {each.target for each in imports} > {"nn_engine.layers.layer.Layer", "nn_engine.declarations.Setting"}
    deferred = {each.target for each in program.modules["main"].imports if not each.at_import}
    assert deferred == {"app.cli.run_command", "app.window.launch.launch"}


# -- the checker --------------------------------------------------------------------------------------------------

HOUSE = {
    "main.py": "import sys\nfrom app.cli.parser import parse\n\ndef main():\n    from app.cli import run\n",
    "app/__init__.py": "",
    "app/bootstrap.py": "import os\n",
    "app/blas.py": "import os\nfrom app import bootstrap\n",
    "app/cli/__init__.py": "from app.cli.commands import run\n",
    "app/cli/commands.py": "import argparse\n\ndef run():\n    import nn_engine\n",
    "app/cli/parser.py": "import argparse\n",
    "app/cli/train.py": "import numpy as np\nfrom nn_engine import Trainer\n",
    "app/workers/__init__.py": "",
    "app/workers/training.py": "import threading\nfrom PySide6.QtCore import QThread\nthreading.Thread()\n",
    "app/view_models/__init__.py": "",
    "app/view_models/run.py": "from PySide6.QtCore import QObject\nimport nn_engine\n",
    "app/widgets/__init__.py": "",
    "app/widgets/plot.py": "from PySide6.QtWidgets import QWidget\nimport pyqtgraph\n",
    "app/panels/__init__.py": "from app.panels.loss import LossPanel\nfrom app.panels.pad import PadPanel\n",
    "app/panels/panel.py": "from app.widgets import plot\n",
    "app/panels/loss.py": "from app.panels.panel import Panel\nimport app.view_models.run\nimport app.widgets.plot\n",
    "app/panels/pad.py": "from app.panels.panel import Panel\nfrom app.workers import training\n",
    "nn_engine/__init__.py": "from nn_engine.training import Trainer\n",
    "nn_engine/types.py": "import numpy as np\nimport numpy.typing as npt\n",
    "nn_engine/randomness.py": "import numpy as np\nrng = np.random.Generator(np.random.SFC64(3))\nrng.random(4)\n",
    "nn_engine/layers/__init__.py": "from nn_engine.layers.dense import DenseLayer\n",
    "nn_engine/layers/dense.py": "import numpy as np\nfrom nn_engine.types import Array\n",
    "nn_engine/losses/__init__.py": "",
    "nn_engine/optimizers/__init__.py": "",
    "nn_engine/data/__init__.py": "",
    "nn_engine/data/images.py": "import gzip\n\ndef read():\n    from PIL import Image\n    import pyarrow.parquet\n",
    "nn_engine/data/prefetch.py": "import threading\nthreading.Thread()\n",
    "nn_engine/inspection/__init__.py": "from nn_engine.training import Trainer\n",
    "nn_engine/io/__init__.py": "from nn_engine.training import Trainer\n",
    "nn_engine/io/export.py": "def export():\n    import onnx\n    from safetensors.numpy import save_file\n",
    "nn_engine/training/__init__.py": "from nn_engine.layers import DenseLayer\n\nclass Trainer: ...\n",
    "nn_engine/experiments.py": "from nn_engine.training import Trainer\n",
}
"""A small program that keeps to every rule."""


def test_a_program_that_keeps_to_the_rules_passes() -> None:
    assert violations(HOUSE) == []


BREACHES: dict[Rule, list[tuple[str, str, str]]] = {
    the_engine_needs_nothing_but_numpy: [
        ("nn_engine/types.py", "import app\n", "import app"),
        ("nn_engine/types.py", "from app.cli import run\n", "from app.cli"),
        ("nn_engine/types.py", "def f():\n    import main\n", "import main, late"),
        ("nn_engine/types.py", "import tests\n", "import tests"),
        ("nn_engine/types.py", "import scipy\n", "import scipy"),
        ("nn_engine/types.py", "import scipy.ndimage as nd\n", "import scipy.ndimage"),
        ("nn_engine/types.py", "def f():\n    import scipy\n", "import scipy, late"),
        ("nn_engine/types.py", "from PySide6.QtCore import QObject\n", "Qt"),
        ("nn_engine/types.py", "try:\n    import numba\nexcept ImportError:\n    pass\n", "import in try"),
        ("nn_engine/types.py", "class A:\n    import torch\n", "import in a class"),
        ("nn_engine/types.py", "if True:\n    import torch\n", "import under a condition"),
        ("nn_engine/types.py", "import importlib\nimportlib.import_module('scipy')\n", "import_module"),
        ("nn_engine/types.py", "__import__('scipy')\n", "__import__"),
        ("nn_engine/types.py", "def f():\n    from PIL import Image\n", "PIL, late, but not in io or data"),
        ("nn_engine/layers/dense.py", "def f():\n    import onnx\n", "onnx, late, but not in io or data"),
        ("nn_engine/data/images.py", "from PIL import Image\n", "PIL at once"),
        ("nn_engine/data/images.py", "class A:\n    import pyarrow\n", "pyarrow at once, in a class"),
        ("nn_engine/io/export.py", "import onnx\n", "onnx at once"),
        ("nn_engine/io/export.py", "def f():\n    import torch\n", "torch, late"),
    ],
    training_stands_above_what_it_trains: [
        ("nn_engine/layers/dense.py", "from nn_engine.training import Trainer\n", "layers to training"),
        ("nn_engine/layers/dense.py", "from nn_engine import training\n", "layers to training, from the whole"),
        ("nn_engine/layers/dense.py", "from .. import training\n", "layers to training, relative"),
        ("nn_engine/layers/dense.py", "from ..training import Trainer\n", "layers to training, relative to a name"),
        ("nn_engine/layers/__init__.py", "from ..training import Trainer\n", "package to training, relative"),
        (
            "nn_engine/layers/dense.py",
            "def f():\n    from nn_engine.training import Trainer\n",
            "layers to training, late",
        ),
        (
            "nn_engine/layers/dense.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nn_engine.training import Trainer\n",
            "layers to training, for types",
        ),
        ("nn_engine/losses/__init__.py", "import nn_engine.training\n", "losses to training"),
        ("nn_engine/optimizers/__init__.py", "import nn_engine.training.trainer\n", "optimizers to training"),
        ("nn_engine/data/images.py", "import nn_engine.training as t\n", "data to training"),
        ("nn_engine/data/images.py", "from nn_engine.experiments import Experiment\n", "data to training by a detour"),
    ],
    the_engine_imports_its_parts_from_where_they_are: [
        ("nn_engine/layers/dense.py", "from nn_engine import Trainer\n", "layers to the whole"),
        ("nn_engine/layers/dense.py", "import nn_engine\n", "import of the whole"),
    ],
    training_neither_looks_nor_saves: [
        ("nn_engine/training/__init__.py", "from nn_engine.io import save\n", "training to io"),
        ("nn_engine/training/__init__.py", "def f():\n    import nn_engine.inspection\n", "training to inspection"),
        ("nn_engine/training/callbacks.py", "from nn_engine.io.export import export\n", "callbacks to io"),
    ],
    the_engine_does_not_print: [
        ("nn_engine/types.py", "print('done')\n", "print"),
        ("nn_engine/types.py", "def f(say=print): ...\n", "print handed on"),
        ("nn_engine/types.py", "import sys\nsys.stdout.write('done')\n", "standard output"),
    ],
    every_random_choice_has_its_key: [
        ("nn_engine/types.py", "np.random.seed(0)\n", "np.random.seed"),
        ("nn_engine/types.py", "x = np.random.rand(3)\n", "np.random.rand"),
        ("nn_engine/types.py", "f = np.random.shuffle\n", "np.random.shuffle, not called"),
        ("nn_engine/types.py", "rng = np.random.default_rng()\n", "a generator without a key"),
        ("nn_engine/types.py", "import numpy\nnumpy.random.RandomState(3)\n", "numpy.random.RandomState"),
        ("nn_engine/types.py", "from numpy.random import rand\n", "from numpy.random import rand"),
        ("nn_engine/types.py", "from numpy import random\n", "from numpy import random"),
        ("nn_engine/types.py", "import numpy.random as npr\n", "import numpy.random"),
        ("nn_engine/types.py", "import random\n", "import random"),
        ("nn_engine/types.py", "r = np.random\nr.rand(3)\n", "np.random under another name"),
        ("nn_engine/types.py", "rng = np.random.Generator(np.random.SFC64())\n", "a bit generator without a key"),
        (
            "nn_engine/types.py",
            "from numpy.random import SFC64\nSFC64()\n",
            "a bit generator without a key, by its name",
        ),
        ("nn_engine/types.py", "from random import choice\n", "from random import choice"),
    ],
    the_application_stands_above_the_engine: [
        ("main.py", "import nn_engine\n", "main to the engine"),
        ("main.py", "def f():\n    import numpy\n", "main to NumPy, late"),
        ("app/blas.py", "import main\n", "the application to main"),
        ("app/cli/train.py", "from tests import small\n", "the application to tests"),
    ],
    what_runs_first_needs_nothing_but_python: [
        ("app/bootstrap.py", "import numpy\n", "bootstrap to NumPy"),
        ("app/blas.py", "from nn_engine import Trainer\n", "blas to the engine"),
        ("app/cli/parser.py", "import packaging\n", "parser to a package"),
        ("app/cli/parser.py", "from app.cli import train\n", "parser to NumPy by a detour"),
        ("app/__init__.py", "import numpy\n", "what every module of the application drags along"),
        ("app/cli/__init__.py", "from app.cli.train import run\n", "what the parser drags along"),
        ("app/cli/commands.py", "import PySide6\n", "Qt before the environment is ready"),
    ],
    what_runs_first_can_be_read_by_an_old_python: [
        ("app/cli/parser.py", "match 3:\n    case 3: pass\n", "what Python 3.8 cannot read"),
    ],
    the_command_line_needs_no_window: [
        ("app/cli/train.py", "from PySide6.QtCore import QObject\n", "the command line to Qt"),
        ("app/cli/train.py", "def f():\n    import pyqtgraph\n", "the command line to pyqtgraph, late"),
        ("app/cli/train.py", "from app.widgets.plot import Plot\n", "the command line to Qt by a detour"),
    ],
    widgets_know_no_view_model: [
        ("app/widgets/plot.py", "from app.view_models.run import Run\n", "widgets to view models"),
        ("app/widgets/plot.py", "from ..view_models import run\n", "widgets to view models, relative"),
        ("app/widgets/plot.py", "from app.panels.loss import LossPanel\n", "widgets to panels"),
    ],
    view_models_need_no_window: [
        ("app/view_models/run.py", "from PySide6.QtWidgets import QWidget\n", "view models to widgets of Qt"),
        ("app/view_models/run.py", "import pyqtgraph\n", "view models to pyqtgraph"),
        ("app/view_models/run.py", "from app.widgets.plot import Plot\n", "view models to widgets"),
    ],
    panels_do_not_know_each_other: [
        ("app/panels/loss.py", "from app.panels.pad import PadPanel\n", "a panel to another"),
        ("app/panels/loss.py", "from app.panels import pad\n", "a panel to another, from the package"),
        ("app/panels/loss.py", "from .pad import PadPanel\n", "a panel to another, relative"),
        ("app/panels/loss.py", "from app.panels import PadPanel\n", "a panel to another, by way of the list"),
        ("app/panels/panel.py", "def f():\n    import app.panels.loss\n", "what a panel is, to one of them"),
    ],
    threads_live_in_few_places: [
        ("app/panels/loss.py", "import threading\nthreading.Thread(target=print)\n", "a thread in a panel"),
        ("app/panels/loss.py", "import threading as t\nt.Thread(target=print)\n", "a thread by another name"),
        ("app/panels/loss.py", "from threading import Thread as Worker\n", "a thread imported under another name"),
        ("app/view_models/run.py", "from concurrent.futures import ThreadPoolExecutor\n", "a pool in a view model"),
        ("app/view_models/run.py", "import concurrent.futures\n", "concurrent.futures"),
        ("app/view_models/run.py", "from PySide6.QtCore import QThread\n", "QThread"),
        ("app/view_models/run.py", "from PySide6 import QtCore\nQtCore.QThreadPool()\n", "QThreadPool"),
        ("app/widgets/plot.py", "from PySide6.QtCore import QRunnable\n", "QRunnable"),
        ("app/widgets/plot.py", "from PySide6 import QtCore\nQtCore.QThread.msleep(3)\n", "QThread by the way"),
        ("app/cli/train.py", "import threading\nthreading.Thread(target=print).start()\n", "a thread started at once"),
        ("app/cli/train.py", "import threading\nthreading.Timer(1, print)\n", "a timer's thread"),
        ("app/cli/train.py", "import multiprocessing\n", "a process"),
        ("nn_engine/layers/dense.py", "import threading\nthreading.Thread(target=f)\n", "a thread in a layer"),
        ("nn_engine/data/images.py", "from concurrent.futures import ThreadPoolExecutor\n", "a pool in a reader"),
    ],
}
"""For every rule, what breaks it: the file, what is added to it, in words."""


def test_every_rule_is_tried() -> None:
    assert set(BREACHES) == set(RULES)


@pytest.mark.parametrize(
    ("broken", "path", "added"),
    [
        pytest.param(broken, path, added, id=f"{broken.__name__}: {words}")
        for broken, breaches in BREACHES.items()
        for path, added, words in breaches
    ],
)
def test_a_breach_is_noticed(broken: Rule, path: str, added: str) -> None:
    assert list(broken(Program(HOUSE))) == []
    found = list(broken(Program({**HOUSE, path: HOUSE.get(path, "") + added})))
    assert found
    assert all(re.match(r"[\w/]+\.py:\d+: .", each) for each in found)


@pytest.mark.parametrize(
    ("path", "added"),
    [
        ("nn_engine/types.py", "import math, os.path\nfrom collections.abc import Callable\n"),
        ("nn_engine/types.py", "from . import layers\nfrom .layers.dense import DenseLayer\n"),
        ("nn_engine/types.py", "'import scipy; print(np.random.rand(3))'\n"),
        ("nn_engine/types.py", "# import scipy, print(3), np.random.seed(0)\n"),
        ("nn_engine/types.py", "def f(rng: np.random.Generator): return rng.normal()\n"),
        ("nn_engine/types.py", "np.random.SeedSequence(3)\n"),
        ("nn_engine/types.py", "def f(rng, random=3): return rng.random(random)\n"),
        ("nn_engine/io/export.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from PIL import Image\n"),
        ("nn_engine/io/export.py", "f = lambda: __import__('onnx')\n"),
        ("nn_engine/experiments.py", "from nn_engine.io import save\nfrom nn_engine.inspection import look\n"),
        ("nn_engine/training/__init__.py", "from nn_engine.data.images import read\n"),
        ("app/cli/commands.py", "def f():\n    from app.panels import loss\n"),
        ("app/cli/train.py", "import threading\nlock = threading.Lock()\n"),
        ("app/panels/registry.py", "from app.panels.loss import LossPanel\nfrom app.panels.pad import PadPanel\n"),
        ("app/panels/loss.py", "from app.panels.registry import register\n"),
        (
            "app/workers/pump.py",
            "from concurrent.futures import ThreadPoolExecutor\nfrom PySide6.QtCore import QThread\n",
        ),
        ("app/cli/progress.py", "match 3:\n    case 3: print(3)\n"),
    ],
)
def test_what_is_allowed_is_not_held_against_anyone(path: str, added: str) -> None:
    assert violations({**HOUSE, path: HOUSE.get(path, "") + added}) == []
