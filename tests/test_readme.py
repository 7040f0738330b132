"""Every piece of Python in the READMEs runs as it stands, one after the other, as a reader would type it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_architecture import Program, program_files

ROOT = Path(__file__).parents[1]


def pieces(path: str) -> list[str]:
    """The blocks of Python in a page."""
    return re.findall(r"^```python\n(.*?)^```", (ROOT / path).read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "fewest"), [("README.md", 2), ("nn_engine/README.md", 6)])
def test_python_in_the_readme_runs(path: str, fewest: int, tmp_path: Path) -> None:
    code = pieces(path)
    assert len(code) >= fewest
    script = tmp_path / "typed.py"
    script.write_text("\n".join(code), "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize(
    ("heading", "last", "least", "most"),
    [
        ("images", r"'accuracy': ([\d.]+)", 0.96, 1),
        ("a table", r"'accuracy': ([\d.]+)", 0.95, 1),
        ("a curve", r"(.*)", 0, 0.1),
    ],
)
def test_ten_lines_learn_what_they_are_about(heading: str, last: str, least: float, most: float) -> None:
    text = (ROOT / "nn_engine" / "README.md").read_text("utf-8")
    code = re.search(rf"^## Ten lines for {heading}\n\n```python\n(.*?)^```", text, re.M | re.S)
    assert code, heading
    printed = subprocess.run(
        [sys.executable, "-c", code[1]], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found = re.search(last, printed)
    assert found, printed
    assert least <= float(found[1]) <= most


def test_a_piece_of_ones_own_is_found_where_the_readme_says_it_goes(tmp_path: Path) -> None:
    """A layer, an optimizer and a data set, saved and imported so, are trained with by the commands that it gives."""
    for part in ("app", "nn_engine"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    text = (ROOT / "nn_engine" / "README.md").read_text("utf-8")
    advice = text[text.index("## Where it goes") : text.index("## Why it is fast")]
    imports = re.findall(r"^    (from nn_engine\..*)", advice, re.M)
    for path, cls in OWN.items():
        (code,) = (piece for piece in pieces("nn_engine/README.md") if f"class {cls}(" in piece)
        code = re.sub(r"^from nn_engine.*\n", "", code, flags=re.M).partition("\nprint(")[0]
        mine = [line for line in imports if "#" not in line or f"# in {path}.py" in line]
        (tmp_path / "nn_engine" / f"{path}.py").write_text("\n".join([*mine, code]), "utf-8")
        with (tmp_path / "nn_engine" / Path(path).parent / "__init__.py").open("a", encoding="utf-8") as init:
            init.write(f"from nn_engine.{path.replace('/', '.')} import {cls}\n")
    commands = re.findall(r"^    python3 main\.py (train .*(?:\n {10,}.*)*)", advice, re.M)
    assert len(commands) == len(OWN)
    for command in commands:
        few = ["--epochs", "1", *([] if "two_rings" in command else ["--set", "train_size=500"])]
        done = subprocess.run(
            [sys.executable, "main.py", "--no-bootstrap", *shlex.split(command), *few],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "epoch 1/1" in done.stdout


OWN = {"layers/scale_by": "ScaleLayer", "optimizers/heavy_ball": "HeavyBall", "data/two_rings": "TwoRings"}


def test_a_training_prints_what_the_readme_shows(tmp_path: Path) -> None:
    """Word for word; figures are those of another machine, and of all the digits."""
    text = (ROOT / "README.md").read_text("utf-8")
    command, *shown = re.search(r"^\$ python3 (main\.py train .*?)^…$", text, re.M | re.S)[1].splitlines()  # type: ignore[index]
    few = ["--set", "train_size=1200", "--epochs", "20"]
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", "--no-bootstrap", *command.split()[1:], *few],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = done.stdout.splitlines()
    assert printed[:7] == shown[:7], "the table of layers"
    assert [_in_general(line) for line in printed[7 : len(shown)]] == [_in_general(line) for line in shown[7:]]


def _in_general(line: str) -> str:
    return re.sub(r"[\d.]+", "0", line.rstrip("."))


@pytest.mark.parametrize("path", ["README.md", "nn_engine/README.md"])
def test_what_the_readme_points_to_is_there(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    for target in targets:
        assert ((ROOT / path).parent / target).exists(), f"{path} points to {target}"


def test_the_map_of_the_engine_names_every_part_and_which_way_they_know_each_other() -> None:
    text = (ROOT / "nn_engine" / "README.md").read_text("utf-8")
    of_the_map = text[text.index("## The map") : text.index("Four ideas")]
    rows = [
        {target.removesuffix(".py") for target in re.findall(r"\]\(([\w.]+)\)", line)}
        for line in of_the_map.splitlines()
        if line.startswith("| [")
    ]
    known_to_all = {"__init__", "types", "version"}
    parts = {path.stem for path in (ROOT / "nn_engine").iterdir() if path.suffix == ".py" or path.is_dir()}
    listed = [part for row in rows for part in row]
    assert sorted(listed) == sorted(parts - known_to_all - {"__pycache__", "README"})
    place = {part: number for number, row in enumerate(rows) for part in row}
    program = Program(program_files())
    for module in program.below("nn_engine"):
        part = module.path.split("/")[1].removesuffix(".py")
        for each in module.imports:
            package, _, rest = each.target.partition(".")
            other = rest.split(".")[0]
            if package == "nn_engine" and part not in known_to_all and other not in known_to_all:
                assert place[other] <= place[part], f"{module.path} imports {each.target}, which the map puts below it"
