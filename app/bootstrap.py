"""Prepare the environment on a machine that has nothing but Python.

``main.py`` and ``python -m tests`` call :func:`ensure_environment` before they import anything else. If the packages
that ``pyproject.toml`` asks for are there, nothing happens. Otherwise they are installed into ``.venv`` beside
``main.py``, and the same command starts again in there. Standard library only; this file must parse on Python 3.8,
so that an old Python gets a sentence and not a SyntaxError. Run as a program it says what its own interpreter lacks.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Iterator, NoReturn, Sequence

MINIMUM_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
FLAG = "--no-bootstrap"
FLAG_VARIABLE = "BACKPROP_STUDIO_NO_BOOTSTRAP"
RESTARTED = "BACKPROP_STUDIO_RESTARTED"  # set for the one restart, so that a second one is never tried
MARKER = "backprop-studio.json"  # inside .venv: who made it, and whether the last installation came to its end
PINNED = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}  # the second holds the first


class BootstrapError(Exception):
    """The environment cannot be prepared; the text says what to do about it."""


def ensure_environment(groups: Sequence[str] = ("runtime",), argv: list[str] | None = None) -> None:
    """Return if the packages of these groups are there; otherwise install them and start the same command again.

    A group is ``runtime`` (the project's dependencies) or the name of an optional or a dependency group in
    ``pyproject.toml``. ``--no-bootstrap`` is taken out of ``argv`` (``sys.argv``, edited in place); it, or
    ``BACKPROP_STUDIO_NO_BOOTSTRAP=1``, forbids to install: what is missing is then named, and the program ends.
    """
    allowed = not take_flag(sys.argv if argv is None else argv) and os.environ.get(FLAG_VARIABLE, "") in ("", "0")
    restarted = bool(os.environ.pop(RESTARTED, ""))  # taken out: it is not meant for programs that this one starts
    venv = ROOT / ".venv"
    try:
        require_python()
        problems = find_problems(groups)
        inside = Path(sys.prefix).resolve() == venv.resolve()
        if inside and not restarted and read_marker(venv)["state"] == "installing":
            problems.append(f"{venv}: expected a finished installation, found an interrupted one")
        if not problems:
            return
        if restarted or not allowed:
            raise BootstrapError(explain(problems, groups, restarted))
        prepare(venv, groups)
        restart(venv_python(venv))
    except BootstrapError as error:
        fail(str(error))
    except OSError as error:
        fail(
            f"the environment cannot be prepared in {ROOT}: {error}.\n"
            "Expected a folder that this user can write to, with room for the packages. Copy the studio to such a "
            f"folder and start it there, or install the packages yourself:\n{by_hand(groups)}"
        )
    except KeyboardInterrupt:
        fail("interrupted while the environment was being prepared. The next start does what is left.", status=130)


def require_python() -> None:
    """Refuse a Python that is too old for the program, whatever is installed in it."""
    if sys.version_info < MINIMUM_PYTHON:
        needed, found = (".".join(map(str, version[:3])) for version in (MINIMUM_PYTHON, sys.version_info))
        raise BootstrapError(
            f"Python {needed} or newer is needed, and this is Python {found} ({sys.executable}).\n"
            "Start the same command with a newer Python."
        )


def take_flag(argv: list[str]) -> bool:
    """Remove every ``--no-bootstrap`` that stands before a literal ``--``, and say whether there was one."""
    end = argv.index("--") if "--" in argv else len(argv)
    kept = [word for word in argv[:end] if word != FLAG]
    argv[:end] = kept
    return len(kept) < end


# ---- What is asked for, and what is there ----


def version_key(text: str) -> tuple[Any, ...]:
    """Return what versions are ordered by (PEP 440): (epoch, release), phase, post, dev. ``+cpu`` does not count."""
    form = r"(?:(\d+)!)?(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?(?:\+[a-z\d.]+)?"
    match = re.fullmatch(form, text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a version; expected something like 2.1.0, 2.1.0rc1 or 2.13.0+cpu")
    epoch, release, phase, number, post, dev = match.groups()
    phase_key = (("a", "b", "rc").index(phase), int(number)) if phase else (3, 0)
    if dev is not None and phase is None and post is None:
        phase_key = (-1, 0)  # 2.1.dev5 comes before 2.1a1
    significant = re.sub(r"(\.0+)+$", "", release)  # 2.1.0 is 2.1
    base = (int(epoch or 0), tuple(int(part) for part in significant.split(".")))
    return base, phase_key, -1 if post is None else int(post), float("inf") if dev is None else int(dev)


def is_within(version: str, bounds: str) -> bool:
    """Say whether a version meets all of the bounds (``>=2.1,<3``). A pre-release may, as for ``pip check``."""
    return all(_meets(version_key(version), clause.strip()) for clause in bounds.split(",") if clause.strip())


def _meets(found: tuple[Any, ...], clause: str) -> bool:
    match = re.fullmatch(r"(~=|==|!=|>=|<)\s*([^=*]+)", clause)
    if match is None:
        raise ValueError(f"{clause!r} is not a bound; expected one of ~= == != >= < and a version")
    sign, wanted = match[1], version_key(match[2])
    if sign == "<":  # <3 does not mean 3.0rc1
        final = wanted[1] == (3, 0) and wanted[3] == float("inf")
        return bool(found < (version_key(match[2] + ".dev0") if final else wanted))
    if sign == "~=":  # ~=2.1.3 is everything from 2.1.3 up to 2.2, without the pre-releases of 2.2
        *front, last, _ = re.sub(r"^\d+!|\.?[a-z].*", "", match[2].lower()).split(".")
        return bool(found >= wanted and found[0] < (wanted[0][0], (*map(int, front), int(last) + 1)))
    return bool(found >= wanted) if sign == ">=" else (found == wanted) == (sign == "==")


def declared(groups: Sequence[str]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Read from pyproject.toml (name, bounds) of each package of these groups, and the import names that differ."""
    import tomllib

    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    known = {**table["project"].get("optional-dependencies", {}), **table.get("dependency-groups", {})}
    known["runtime"] = table["project"].get("dependencies", [])
    packages = []
    for requirement in [requirement for group in groups for requirement in known[group]]:
        match = re.fullmatch(r"([A-Za-z\d][\w.-]*)\s*([^;@\[]*)", requirement)
        if match is None:
            raise ValueError(f"pyproject.toml asks for {requirement!r}; expected a name and bounds, nothing else")
        packages.append((match[1], match[2].replace(" ", "")))
    return packages, table.get("tool", {}).get("backprop-studio", {}).get("import-names", {})


def find_problems(groups: Sequence[str]) -> list[str]:
    """Compare what this interpreter has with what pyproject.toml asks for: one line for each package that is wrong."""
    from importlib import metadata

    problems = []
    packages, import_names = declared(groups)
    for name, bounds in packages:
        try:
            found = metadata.version(name) or "none"  # an interrupted installation can leave an empty record
        except (metadata.PackageNotFoundError, KeyError):
            found = "none"
        try:
            fits = found != "none" and is_within(found, bounds)
        except ValueError:
            fits = False
        module = import_names.get(name, name.replace("-", "_"))
        if not fits:
            problems.append(f"{name}: expected {bounds or 'any version'}, found {found}")
        elif module not in sys.modules and importlib.util.find_spec(module) is None:
            problems.append(f"{name}: expected a module {module}, found version {found} without it")
    return problems


def pip_arguments(groups: Sequence[str]) -> list[list[str]]:
    """Return the arguments of each ``pip install``: what is pinned with hashes, then what only pyproject.toml pins."""
    files = [PINNED[group] for group in ("dev", "runtime") if group in groups][:1]
    rest = [group for group in groups if group not in PINNED]
    others = [["".join(package) for package in declared(rest)[0]]] if rest else []
    return [["--require-hashes", "-r", str(ROOT / name)] for name in files] + others


# ---- The environment ----


def venv_python(venv: Path) -> Path:
    """Return where an environment keeps its interpreter."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def read_marker(venv: Path) -> dict[str, Any]:
    """Return what the last start noted in this environment; a state of "" if no start of ours has touched it."""
    try:
        return dict(json.loads((venv / MARKER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {"state": "", "ours": False, "pins": {}}


def write_marker(venv: Path, state: str, ours: bool, pins: dict[str, str]) -> None:
    """Note, in one step and never half written, how far an installation is: installing, failed or complete."""
    temporary = venv / f"{MARKER}.new"
    temporary.write_text(json.dumps({"state": state, "ours": ours, "pins": pins}, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, venv / MARKER)


def digests(groups: Sequence[str], python: str) -> dict[str, str]:
    """Return a digest for each group: of what pins it, and of the version of the Python that it is pinned for."""
    found = {}
    for group in groups:
        content = (ROOT / PINNED[group]).read_bytes() if group in PINNED else repr(declared([group])[0]).encode()
        found[group] = hashlib.sha256(python.encode() + b"\n" + content).hexdigest()
    return found


def ask(venv: Path, groups: Sequence[str]) -> dict[str, Any] | None:
    """Let the interpreter of an environment say what it has; None if it does not run, or is too old to."""
    try:
        command = [str(venv_python(venv)), "-I", __file__, *groups]
        return dict(json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def judge(venv: Path, groups: Sequence[str]) -> str:
    """Say what this environment needs: to be made (anew), an installation into it, or nothing ("")."""
    marker = read_marker(venv)
    interrupted = marker["state"] == "installing"
    content = {path.name for path in venv.iterdir()} if venv.exists() else set()
    if content <= {f"{MARKER}.new"} or (marker["ours"] and interrupted):
        return "make"
    report = ask(venv, groups)
    if report is None:
        if marker["ours"]:
            return "make"
        raise BootstrapError(
            f"{venv} was made by another program, and its Python does not run or is too old (expected "
            f"{'.'.join(map(str, MINIMUM_PYTHON))} or newer). Delete or rename that folder, then start again."
        )
    if report["problems"] or interrupted:
        return "install"
    # Newer pins are followed in what we made. What others made, or pip could not update, may stay within the bounds.
    follow = marker["ours"] and marker["state"] == "complete"
    return "install" if follow and not digests(groups, report["python"]).items() <= marker["pins"].items() else ""


def prepare(venv: Path, groups: Sequence[str]) -> None:
    """Bring the environment to where these groups are installed in it, one start at a time."""
    if not judge(venv, groups):
        return
    with locked(ROOT / ".venv.lock") as lock:
        task = judge(venv, groups)  # again: another start may have done it while this one waited
        if task == "make":
            make(venv, lock)
        if task:
            install(venv, groups, lock)


def make(venv: Path, lock: IO[bytes]) -> None:
    """Make a new environment, in place of what an interrupted start has left there."""
    remedy = "Install them, then start again."
    if Path("/etc/debian_version").exists():
        remedy = f"Install them, then start again:\n  apt install python3.{sys.version_info[1]}-venv"
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise BootstrapError(f"this Python ({sys.executable}) has no module venv or ensurepip. {remedy}")
    say(f"preparing the environment in {venv}; this happens once.")
    venv.mkdir(exist_ok=True)
    write_marker(venv, "installing", ours=True, pins={})
    for path in list(venv.iterdir()):  # the marker stays, so that being interrupted here is recognised as well
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
    base = getattr(sys, "_base_executable", None) or sys.executable  # this Python itself may live in what was removed
    if run([base, "-I", "-m", "venv", str(venv)], lock, quiet=True) != 0:
        raise BootstrapError(
            f"{base} could not make an environment in {venv} (its own words are above). "
            f"Expected its modules venv and ensurepip to be whole. {remedy}"
        )


def install(venv: Path, groups: Sequence[str], lock: IO[bytes]) -> None:
    """Install the groups with pip; whatever else is in the environment stays."""
    marker, report, python = read_marker(venv), ask(venv, groups), str(venv_python(venv))
    add_pip = [python, "-I", "-m", "ensurepip", "--default-pip"]
    if report is None or not (report["pip"] or run(add_pip, lock, quiet=True) == 0):
        raise BootstrapError(f"{venv} has no pip and cannot get one. Delete or rename that folder, then start again.")
    repair = ["--force-reinstall"] if marker["state"] in ("installing", "failed") else []  # pip trusts what looks whole
    write_marker(venv, "installing", marker["ours"], marker["pins"])
    say(f"installing into {venv}: {', '.join(name for name, _ in declared(groups)[0])}.")
    for arguments in pip_arguments(groups):
        if "--require-hashes" not in arguments:
            say(f"{' '.join(arguments)} can be a download of several gigabytes.")
        options = ["--no-input", "--disable-pip-version-check", *repair]
        status = run([python, "-I", "-m", "pip", "install", *options, *arguments], lock)
        if status == 0:
            continue
        write_marker(venv, "failed", marker["ours"], marker["pins"])
        if not (ask(venv, groups) or {"problems": True})["problems"]:
            say("pip could not bring the newer packages (see above); those that are there are recent enough.")
            return
        raise BootstrapError(
            f"the packages could not be installed: pip ended with status {status}, not 0 (its own words are above).\n"
            f"Check the network connection and start again, or install them yourself:\n{by_hand(groups)}"
        )
    write_marker(venv, "complete", marker["ours"], {**marker["pins"], **digests(groups, report["python"])})


def run(command: list[str], lock: IO[bytes], quiet: bool = False) -> int:
    """Run a command and return its status. What it prints goes to stderr, because stdout belongs to the program.

    A quiet one is heard only if it fails, not while it works and not when a person interrupts it.
    """
    # A pip that outlives us keeps the lock: nobody may remove a folder that it still writes to.
    inherited = {} if os.name == "nt" else {"pass_fds": (lock.fileno(),)}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quiet else {"stdout": sys.stderr}
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, **output, **inherited}
    done = subprocess.run(command, check=False, **options)
    if quiet and done.returncode != 0:
        print(done.stdout.decode(errors="replace"), file=sys.stderr, flush=True)
    return done.returncode


@contextlib.contextmanager
def locked(path: Path) -> Iterator[IO[bytes]]:
    """Hold a lock that the system lets go of when the processes that hold it have ended, however they end."""
    with open(path, "ab") as file:
        if not try_lock(file):
            say("another start is preparing the environment; waiting until it has finished.")
            while not try_lock(file):
                time.sleep(0.1)
        yield file


def try_lock(file: IO[bytes]) -> bool:
    """Take the lock, unless somebody has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def restart(python: Path) -> NoReturn:
    """Start the command that started this process again, in another interpreter."""
    command, environment = [str(python), *sys.orig_argv[1:]], {**os.environ, RESTARTED: "1"}
    if os.name != "nt":
        os.execve(command[0], command, environment)
    # Windows cannot replace a process: the shell would not wait. So we wait, and leave Ctrl+C to the child.
    child = subprocess.Popen(command, env=environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(child.wait())


# ---- What is said ----


def explain(problems: Sequence[str], groups: Sequence[str], restarted: bool) -> str:
    """Say what is wrong with the packages, and what to do where nothing is installed for the person."""
    listed = "\n  ".join(["some packages are not as pyproject.toml asks for:", *problems])
    if restarted:
        return (
            f"{listed}\nThis is what {sys.executable} has even after the installation. Delete {ROOT / '.venv'}, see "
            "that PYTHONPATH and PYTHONHOME are not set, and start again."
        )
    return f"{listed}\nInstalling is switched off. Install them yourself, then start again:\n{by_hand(groups)}"


def by_hand(groups: Sequence[str]) -> str:
    """Return the commands, one a line, that install these groups into the Python that runs now."""
    join = subprocess.list2cmdline if os.name == "nt" else shlex.join
    commands = [[sys.executable, "-m", "pip", "install", *arguments] for arguments in pip_arguments(groups)]
    return "\n".join(f"  {join(command)}" for command in commands)


def say(text: str) -> None:
    """Tell the person at the terminal what happens."""
    print(f"Backprop Studio: {text}", file=sys.stderr, flush=True)


def fail(text: str, status: int = 1) -> NoReturn:
    """Tell the person at the terminal why the program ends, and end it."""
    say(text)
    sys.exit(status)


if __name__ == "__main__":
    own = {"python": "{}.{}".format(*sys.version_info), "pip": importlib.util.find_spec("pip") is not None}
    print(json.dumps({**own, "problems": find_problems(sys.argv[1:])}))
