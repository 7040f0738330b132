"""The start on a machine that has nothing: what is recognised, what is installed, and what a person is told.

Most tests build a small project of their own, whose packages are tiny wheels made here: no network is needed, yet the
processes, environments, locks and pip are real.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import types
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from app import bootstrap

REPOSITORY = Path(bootstrap.__file__).resolve().parent.parent
BARE_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable
FIRST_LINES = """\
from app.bootstrap import ensure_environment
ensure_environment()
import json, os, sys, tinything
print(json.dumps({"argv": sys.argv[1:], "prefix": sys.prefix, "version": tinything.VERSION, "utf8": sys.flags.utf8_mode,
                  "module": __spec__ is not None, "restarted": os.environ.get("BACKPROP_STUDIO_RESTARTED")}))
"""


@dataclass
class Project:
    """A checkout with the real bootstrap, beside a folder of wheels that stands for the network."""

    root: Path
    wheels: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def marker(self) -> dict[str, Any]:
        return bootstrap.read_marker(self.venv)

    def publish(self, version: str, name: str = "tinything") -> str:
        """Make a wheel and return the line that pins it."""
        info = f"{name}-{version}.dist-info"
        files = {
            f"{name}/__init__.py": f"VERSION = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        digests = {
            path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            for path, text in files.items()
        }
        record = [f"{path},sha256={digests[path]},{len(text)}" for path, text in files.items()]
        files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
        wheel = self.wheels / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in files.items():
                archive.writestr(zipfile.ZipInfo(path), text)
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"

    def ask_for(self, bounds: str, pin: str, dev: str = "[]") -> None:
        """Declare the one runtime dependency, and the line that pins it."""
        (self.root / "pyproject.toml").write_text(
            f'[project]\ndependencies = ["tinything{bounds}"]\n'
            f'optional-dependencies.bench = ["bigthing==3.0"]\n[dependency-groups]\ndev = {dev}\n'
        )
        (self.root / "requirements.txt").write_text(pin)

    def environment(self, **extra: str) -> dict[str, str]:
        ours = ("PIP_", "PYTHON", "VIRTUAL_ENV", "BACKPROP_", "UV_", "COV_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return {**clean, **pip, **extra}

    def popen(self, *command: str, python: str = BARE_PYTHON, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, *command],
            cwd=self.root,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *command: str, python: str = BARE_PYTHON, **extra: str) -> Outcome:
        """Run a command of the project to its end."""
        return finish(self.popen(*command, python=python, **extra))


@dataclass
class Outcome:
    """How a start ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        """What the program printed; it must be the only thing on stdout."""
        assert self.status == 0, self.stderr
        return dict(json.loads(self.stdout))

    def expect_refusal(self, *words: str, status: int = 1) -> None:
        """Check that the start ended by itself, with sentences and no traceback."""
        assert (self.status, self.stdout) == (status, "")
        assert "Traceback" not in self.stderr
        for word in words:
            assert word in self.stderr


def finish(process: subprocess.Popen[str]) -> Outcome:
    with process:
        try:
            stdout, stderr = process.communicate(timeout=120)
        except BaseException:
            process.kill()
            raise
    return Outcome(process.returncode, stdout, stderr)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that asks for a package which can be installed."""
    made = Project(tmp_path / "the studio", tmp_path / "wheels")  # a space, because people have them in their paths
    (made.root / "app").mkdir(parents=True)
    made.wheels.mkdir()
    (made.root / "app/__init__.py").touch()
    shutil.copy(bootstrap.__file__, made.root / "app/bootstrap.py")
    (made.root / "main.py").write_text(FIRST_LINES)
    (made.root / "tools").mkdir()
    (made.root / "tools/bench.py").write_text(FIRST_LINES)
    made.ask_for(">=1.0,<2", made.publish("1.5"))
    return made


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same project, seen by the bootstrap of this process."""
    monkeypatch.setattr(bootstrap, "ROOT", project.root)
    monkeypatch.delenv(bootstrap.RESTARTED, raising=False)
    monkeypatch.delenv(bootstrap.FLAG_VARIABLE, raising=False)
    return project


def have(folder: Path, version: str, *, module: bool = True) -> None:
    """Lay down what an installation of tinything looks like."""
    info = folder / f"tinything-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tinything\nVersion: {version}\n")
    if module:
        (folder / "tinything").mkdir()
        (folder / "tinything/__init__.py").write_text(f"VERSION = {version!r}\n")


# ---- Versions ----

FINAL = st.builds(lambda parts: ".".join(map(str, parts)), st.lists(st.integers(0, 3), min_size=2, max_size=4))
PHASE = st.sampled_from(["", "", "", "a1", "b2", "rc1", "rc2", ".post1", ".dev1", "rc1.dev2", ".post1.dev1"])
VERSION = st.builds(lambda epoch, final, phase: epoch + final + phase, st.sampled_from(["", "", "1!"]), FINAL, PHASE)
LOCAL = st.sampled_from(["", "", "+cpu", "+cu126.1"])
CLAUSE = st.builds(lambda sign, version: sign + version, st.sampled_from([">=", "<", "==", "!=", "~="]), VERSION)


@given(version=VERSION, local=LOCAL, clauses=st.lists(CLAUSE, min_size=1, max_size=3))
@example(version="2.1.0rc1", local="", clauses=[">=2.1", "<3"])
@example(version="3.0rc1", local="", clauses=["<3"])
@example(version="2.1rc1", local="", clauses=["<2.1.post1"])
@example(version="2.13.0", local="+cpu", clauses=["==2.13.0"])
@example(version="2.10", local="", clauses=[">=2.9"])
def test_bounds_mean_what_the_standard_says(version: str, local: str, clauses: list[str]) -> None:
    bounds = ",".join(clauses)
    expected = SpecifierSet(bounds).contains(version + local, prereleases=True)
    assert bootstrap.is_within(version + local, bounds) == expected


@given(first=VERSION, second=VERSION)
def test_versions_are_ordered_as_the_standard_says(first: str, second: str) -> None:
    assert (bootstrap.version_key(first) < bootstrap.version_key(second)) == (Version(first) < Version(second))


def test_no_bounds_allow_everything() -> None:
    assert bootstrap.is_within("0.1.dev1", "")


@pytest.mark.parametrize("bounds", [">2", "=>2", "2.1", ">=", "==2.*", "===2.1", ">=2.x"])
def test_bounds_that_cannot_be_read_are_refused(bounds: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        bootstrap.is_within("2.1", bounds)


# ---- What pyproject.toml asks for ----


def test_the_files_of_this_project_agree() -> None:
    """Bounds, pins, and the Python that is needed are written in several places."""
    table = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["project"]["requires-python"] == ">=" + ".".join(map(str, bootstrap.MINIMUM_PYTHON))
    for group, declared in {
        "runtime": table["project"]["dependencies"],
        "dev": table["project"]["dependencies"] + table["dependency-groups"]["dev"],
    }.items():
        text = (REPOSITORY / bootstrap.PINNED[group]).read_text(encoding="utf-8")
        pins = dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))
        for requirement in map(Requirement, declared):
            assert requirement.specifier.contains(pins[requirement.name]), requirement
    assert len(bootstrap.declared(["runtime", "dev", "bench"])[0]) >= len(declared) + 1


@pytest.mark.parametrize("name", bootstrap.PINNED.values())
def test_pins_carry_hashes_and_no_address(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    entries = re.findall(r"^[^\s#].*(?:\n    --hash=.*)*", text, flags=re.MULTILINE)
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|index|(?<=[\s=])/", text)


def test_an_old_and_empty_python_can_load_what_tells_it_so() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import main, tests.__main__\n"
        "print(*(module.__file__ for module in sys.modules.values() if getattr(module, '__file__', None)), sep='\\n')"
    )
    # -S: without any installed package, as on a bare machine.
    command = [sys.executable, "-I", "-S", "-c", code, str(REPOSITORY)]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    ours = [Path(name) for name in loaded if Path(name).is_relative_to(REPOSITORY)]
    assert {REPOSITORY / "main.py", REPOSITORY / "app/bootstrap.py", REPOSITORY / "tests/__main__.py"} <= {*ours}
    for path in ours:
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 8))


def test_a_requirement_with_a_marker_is_refused(here: Project) -> None:
    here.ask_for(">=1; sys_platform == 'win32'", "")
    with pytest.raises(ValueError, match="tinything>=1; sys_platform"):
        bootstrap.declared(["runtime"])


# ---- What is there ----


@pytest.mark.parametrize(
    ("version", "module", "problem"),
    [
        (None, False, "tinything: expected >=1.0,<2, found none"),
        ("0.9", True, "tinything: expected >=1.0,<2, found 0.9"),
        ("1.0rc1", True, "tinything: expected >=1.0,<2, found 1.0rc1"),
        ("2.0", True, "tinything: expected >=1.0,<2, found 2.0"),
        ("from-a-branch", True, "tinything: expected >=1.0,<2, found from-a-branch"),
        ("1.5", False, "tinything: expected a module tinything, found version 1.5 without it"),
        ("1.0", True, None),
        ("1.9.9+cpu", True, None),
    ],
)
def test_each_wrong_package_is_named(
    here: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str | None,
    module: bool,
    problem: str | None,
) -> None:
    if version is not None:
        have(tmp_path / "site", version, module=module)
        monkeypatch.syspath_prepend(tmp_path / "site")
    assert bootstrap.find_problems(["runtime"]) == ([problem] if problem else [])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # newer Pythons announce that they will raise KeyError
def test_an_empty_record_counts_as_missing(here: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site/tinything-1.5.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert bootstrap.find_problems(["runtime"]) == ["tinything: expected >=1.0,<2, found none"]


def test_a_module_may_be_named_differently(here: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (here.root / "pyproject.toml").open("a") as file:
        file.write('[tool.backprop-studio.import-names]\ntinything = "json"\n')
    have(tmp_path / "site", "1.5", module=False)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert bootstrap.find_problems(["runtime"]) == []


# ---- Before anything is installed ----


@pytest.mark.parametrize(
    ("argv", "found", "left"),
    [
        (["main.py"], False, ["main.py"]),
        (["main.py", "--no-bootstrap", "train"], True, ["main.py", "train"]),
        (["main.py", "train", "--no-bootstrap", "--no-bootstrap"], True, ["main.py", "train"]),
        (["main.py", "--", "--no-bootstrap"], False, ["main.py", "--", "--no-bootstrap"]),
        (["main.py", "--no-bootstrap", "--", "--no-bootstrap"], True, ["main.py", "--", "--no-bootstrap"]),
    ],
)
def test_the_flag_is_taken_out(argv: list[str], found: bool, left: list[str]) -> None:
    assert bootstrap.take_flag(argv) == found
    assert argv == left


def test_nothing_happens_where_everything_is_there(
    here: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    have(tmp_path / "site", "1.5")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv(bootstrap.RESTARTED, "1")
    argv = ["main.py", "--no-bootstrap", "train"]
    bootstrap.ensure_environment(argv=argv)
    assert argv == ["main.py", "train"]
    assert bootstrap.RESTARTED not in os.environ  # or a program started from here could not prepare itself
    assert capsys.readouterr() == ("", "")
    assert not list(here.root.glob(".venv*"))


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_installing_can_be_switched_off(project: Project, way: str) -> None:
    before = set(project.root.iterdir())
    if way == "flag":
        outcome = project.start("main.py", "train", "--no-bootstrap")
    else:
        outcome = project.start("main.py", "train", BACKPROP_STUDIO_NO_BOOTSTRAP="1")
    pins = project.root / "requirements.txt"
    outcome.expect_refusal("tinything: expected >=1.0,<2, found none", f"-m pip install --require-hashes -r '{pins}'")
    assert {path for path in project.root.iterdir() if path.name != "__pycache__"} == before


def test_the_commands_to_install_by_hand_cover_all_groups(here: Project) -> None:
    lines = bootstrap.by_hand(["runtime", "dev", "bench"]).splitlines()
    assert len(lines) == 2
    assert "requirements-dev.txt" in lines[0]
    assert lines[1].endswith("-m pip install bigthing==3.0")


def test_a_second_restart_is_never_tried(project: Project) -> None:
    outcome = project.start("main.py", BACKPROP_STUDIO_RESTARTED="1")
    outcome.expect_refusal("tinything: expected >=1.0,<2, found none", "Delete", ".venv", "PYTHONPATH")
    assert not project.venv.exists()


def test_an_old_python_gets_a_sentence(
    here: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    with pytest.raises(SystemExit) as stop:
        bootstrap.ensure_environment(argv=[])
    assert stop.value.code == 1
    assert "Python 3.11 or newer is needed, and this is Python 3.8.18" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_gets_a_sentence(project: Project) -> None:
    (project.root / ".venv.lock").mkdir()  # refuses to be opened, as a read-only folder does, even for root
    outcome = project.start("main.py")
    outcome.expect_refusal("cannot be prepared", ".venv.lock", "Copy the studio", "pip install --require-hashes")


def test_a_python_without_ensurepip_gets_the_line_to_install_it(project: Project, tmp_path: Path) -> None:
    (tmp_path / "lacking").mkdir()
    (tmp_path / "lacking/sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    outcome = project.start("main.py", PYTHONPATH=str(tmp_path / "lacking"))
    outcome.expect_refusal("has no module venv or ensurepip", "Install them")
    if Path("/etc/debian_version").exists():
        assert f"apt install python3.{sys.version_info.minor}-venv\n" in outcome.stderr
    assert not project.venv.exists()


# ---- The lock ----


def test_the_lock_is_held_by_one_and_released(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("ab") as other:
        with bootstrap.locked(tmp_path / "lock"):
            assert not bootstrap.try_lock(other)
        assert bootstrap.try_lock(other)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process alone")
def test_ctrl_c_while_waiting_gets_a_sentence(project: Project) -> None:
    with bootstrap.locked(project.root / ".venv.lock"):
        process = project.popen("main.py")
        assert process.stderr is not None
        assert "another start is preparing the environment" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        finish(process).expect_refusal("interrupted", "The next start", status=130)


# ---- What is decided about a folder that exists ----


@pytest.mark.parametrize(
    ("marker", "problems", "verdict"),
    [
        (None, [], ""),
        (None, ["tinything: ..."], "install"),
        (("complete", True, "current"), [], ""),
        (("complete", True, "current"), ["tinything: ..."], "install"),
        (("complete", True, "older"), [], "install"),
        (("complete", False, "older"), [], ""),
        (("failed", True, "older"), [], ""),
        (("failed", True, "older"), ["tinything: ..."], "install"),
        (("installing", True, "current"), [], "make"),
        (("installing", False, "current"), [], "install"),
        (("complete", True, "current"), None, "make"),
    ],
)
def test_an_existing_folder_is_judged(
    here: Project,
    monkeypatch: pytest.MonkeyPatch,
    marker: tuple[str, bool, str] | None,
    problems: list[str] | None,
    verdict: str,
) -> None:
    report = None if problems is None else {"python": "3.11", "pip": True, "problems": problems}
    monkeypatch.setattr(bootstrap, "ask", lambda venv, groups: report)
    here.venv.mkdir()
    (here.venv / "pyvenv.cfg").touch()
    if marker is not None:
        state, ours, age = marker
        pins = bootstrap.digests(["runtime"], "3.11") if age == "current" else {"runtime": "0" * 64}
        bootstrap.write_marker(here.venv, state, ours, pins)
    assert bootstrap.judge(here.venv, ["runtime"]) == verdict


@pytest.mark.parametrize("content", [[], ["backprop-studio.json.new"]])
def test_a_folder_with_nothing_in_it_is_taken_over(here: Project, content: list[str]) -> None:
    here.venv.mkdir()
    for name in content:
        (here.venv / name).touch()
    assert bootstrap.judge(here.venv, ["runtime"]) == "make"


def test_a_broken_folder_of_others_is_left_alone(project: Project) -> None:
    (project.venv / "bin").mkdir(parents=True)
    (project.venv / "bin/python").symlink_to("/nowhere/python3")
    outcome = project.start("main.py")
    outcome.expect_refusal("was made by another program", "Delete or rename that folder")
    assert sorted(path.name for path in project.venv.rglob("*")) == ["bin", "python"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_a_marker_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / bootstrap.MARKER).write_text(text)
    assert bootstrap.read_marker(tmp_path)["state"] == ""


def test_pins_belong_to_a_file_and_a_python(here: Project) -> None:
    before = bootstrap.digests(["runtime", "bench"], "3.11")
    assert before == bootstrap.digests(["runtime", "bench"], "3.11")
    assert not before.items() & bootstrap.digests(["runtime", "bench"], "3.12").items()
    here.ask_for(">=1.0,<2", here.publish("1.6"))
    after = bootstrap.digests(["runtime", "bench"], "3.11")
    assert (after["runtime"] != before["runtime"], after["bench"] == before["bench"]) == (True, True)


# ---- Installing, with pip replaced ----


@dataclass
class FakePip:
    """Stands for the processes that an installation runs, and for the interpreter that is asked."""

    status: int = 0
    pip: bool = True
    problems: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()

    def run(self, command: list[str], lock: object, quiet: bool = False) -> int:
        self.commands += (tuple(command[3:]),)
        return self.status

    def ask(self, venv: Path, groups: object) -> dict[str, Any]:
        return {"python": "3.11", "pip": self.pip, "problems": list(self.problems)}


@pytest.fixture
def fake_pip(here: Project, monkeypatch: pytest.MonkeyPatch) -> FakePip:
    """An environment of ours that was complete with older pins."""
    fake = FakePip()
    monkeypatch.setattr(bootstrap, "run", fake.run)
    monkeypatch.setattr(bootstrap, "ask", fake.ask)
    here.venv.mkdir()
    bootstrap.write_marker(here.venv, "complete", True, {"runtime": "old", "dev": "kept"})
    return fake


def install(project: Project, *groups: str) -> None:
    with bootstrap.locked(project.root / ".venv.lock") as lock:
        bootstrap.install(project.venv, groups, lock)


def test_a_success_is_noted(here: Project, fake_pip: FakePip) -> None:
    install(here, "runtime")
    assert here.marker == {
        "state": "complete",
        "ours": True,
        "pins": {**bootstrap.digests(["runtime"], "3.11"), "dev": "kept"},
    }
    assert not any("--force-reinstall" in command for command in fake_pip.commands)


def test_what_was_interrupted_or_failed_is_installed_again_in_full(here: Project, fake_pip: FakePip) -> None:
    bootstrap.write_marker(here.venv, "failed", True, {})
    install(here, "runtime")
    assert "--force-reinstall" in fake_pip.commands[-1]


def test_an_update_that_fails_does_not_stop_what_works(
    here: Project, fake_pip: FakePip, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_pip.status = 1
    install(here, "runtime")
    assert "recent enough" in capsys.readouterr().err
    assert here.marker["state"] == "failed"
    assert bootstrap.judge(here.venv, ["runtime"]) == ""  # so the next start does not try, and wait, again


def test_a_large_download_is_announced(here: Project, fake_pip: FakePip, capsys: pytest.CaptureFixture[str]) -> None:
    install(here, "runtime", "bench")
    assert "bigthing==3.0 can be a download of several gigabytes" in capsys.readouterr().err
    assert fake_pip.commands[-1][-1] == "bigthing==3.0"
    assert "--require-hashes" not in fake_pip.commands[-1]


def test_no_pip_and_no_way_to_get_one_gets_a_sentence(here: Project, fake_pip: FakePip) -> None:
    fake_pip.pip, fake_pip.status = False, 1
    with pytest.raises(bootstrap.BootstrapError, match="has no pip and cannot get one"):
        install(here, "runtime")
    assert here.marker["state"] == "complete"  # nothing was touched


@pytest.mark.parametrize("status", [0, 3])
def test_a_quiet_command_is_heard_when_it_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str], status: int) -> None:
    command = [sys.executable, "-c", f"import sys; print('words', file=sys.stderr); sys.exit({status})"]
    with (tmp_path / "lock").open("ab") as lock:
        assert bootstrap.run(command, lock, quiet=True) == status
    assert capfd.readouterr() == ("", "words\n\n" if status else "")


def test_windows_waits_for_the_restarted_program(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    class Child:
        def __init__(self, command: list[str], env: dict[str, str]) -> None:
            started.extend([command, env[bootstrap.RESTARTED]])

        def wait(self) -> int:
            started.append(signal.getsignal(signal.SIGINT))
            return 7

    monkeypatch.setattr(bootstrap, "os", types.SimpleNamespace(name="nt", environ={}))
    monkeypatch.setattr(subprocess, "Popen", Child)
    monkeypatch.setattr(sys, "orig_argv", ["py", "-X", "utf8", "main.py", "train"])
    handler = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as stop:
            bootstrap.restart(Path("python.exe"))
    finally:
        signal.signal(signal.SIGINT, handler)
    assert started == [["python.exe", "-X", "utf8", "main.py", "train"], "1", signal.SIG_IGN]
    assert stop.value.code == 7


# ---- The whole way, with real environments ----


def test_from_nothing_to_the_running_program(project: Project) -> None:
    """One environment goes through a life: made, used, followed by newer pins, broken, mended."""
    outcome = project.start("-X", "utf8", "main.py", "train", "--json")
    assert outcome.answer == {
        "argv": ["train", "--json"],
        "prefix": str(project.venv),
        "version": "1.5",
        "module": False,
        "utf8": 1,
        "restarted": None,
    }
    assert "preparing the environment" in outcome.stderr
    assert "Successfully installed tinything-1.5" in outcome.stderr
    assert (project.marker["state"], project.marker["ours"]) == ("complete", True)

    # A second start finds everything, and a module stays a module.
    outcome = project.start("-m", "tools.bench", "--", "--no-bootstrap")
    assert (outcome.answer["module"], outcome.answer["argv"]) == (True, ["--", "--no-bootstrap"])
    assert outcome.stderr == ""

    # Newer pins within the same bounds are followed; bounds that are not met any more lead to an installation.
    project.ask_for(">=1.0,<2", project.publish("1.6"))
    assert project.start("main.py").answer["version"] == "1.6"
    project.ask_for(">=2.0,<3", project.publish("2.5"))
    assert project.start("main.py").answer["version"] == "2.5"

    # An interrupted installation is recognised even by the environment's own Python, and made good.
    bootstrap.write_marker(project.venv, "installing", True, project.marker["pins"])
    (spoiled,) = project.venv.glob("[lL]ib/**/tinything/__init__.py")
    spoiled.write_text("")
    outcome = project.start("main.py", python=str(bootstrap.venv_python(project.venv)))
    assert outcome.answer["version"] == "2.5"
    assert project.marker["state"] == "complete"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends the processes of a closed console together")
def test_killed_in_the_middle_then_two_starts_at_once(project: Project) -> None:
    victim = project.popen("main.py")
    deadline = time.monotonic() + 60
    while project.marker["state"] != "installing" or not (project.venv / "pyvenv.cfg").exists():
        assert time.monotonic() < deadline
        assert victim.poll() is None
        time.sleep(0.01)
    victim.kill()
    victim.wait()
    assert project.marker["state"] == "installing"
    starts = [project.popen("main.py", name) for name in ("first", "second")]
    # What the victim had started may go on writing for a while: it keeps the lock until it has ended.
    outcomes = [finish(process) for process in starts]
    finish(victim)
    assert [outcome.answer["argv"] for outcome in outcomes] == [["first"], ["second"]]
    spoken = "".join(outcome.stderr for outcome in outcomes)
    assert spoken.count("another start is preparing the environment") >= 1
    assert spoken.count("Successfully installed") == 1
    assert project.marker["state"] == "complete"


def test_an_environment_of_others_is_used_and_kept(project: Project) -> None:
    subprocess.run([BARE_PYTHON, "-m", "venv", "--without-pip", str(project.venv)], check=True)
    (packages,) = project.venv.glob("[lL]ib/**/site-packages")
    have(packages, "1.2")
    precious = packages / "precious.txt"
    precious.write_text("somebody needs this")
    outcome = project.start("main.py")
    assert (outcome.answer["version"], outcome.stderr) == ("1.2", "")
    assert not (project.venv / bootstrap.MARKER).exists()

    # It lacks something now: pip is added and used, nothing else changes.
    for path in packages.glob("tinything*"):
        shutil.rmtree(path)
    assert project.start("main.py").answer["version"] == "1.5"
    assert precious.read_text() == "somebody needs this"
    assert (project.marker["state"], project.marker["ours"]) == ("complete", False)


def test_what_pip_refuses_gets_a_sentence_and_a_later_start_succeeds(project: Project) -> None:
    away = project.wheels.rename(project.wheels.with_name("unreachable"))
    outcome = project.start("main.py")
    outcome.expect_refusal(
        "No matching distribution found for tinything", "pip ended with status 1", "Check the network"
    )
    assert project.marker["state"] == "failed"
    away.rename(project.wheels)

    pins = project.root / "requirements.txt"
    right = pins.read_text()
    pins.write_text(re.sub(r"sha256:.*", "sha256:" + "0" * 64, right))
    project.start("main.py").expect_refusal("DO NOT MATCH THE HASHES", "the packages could not be installed")

    pins.write_text(right)
    assert project.start("main.py").answer["version"] == "1.5"
    assert project.marker["state"] == "complete"
