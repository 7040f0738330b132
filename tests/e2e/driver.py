"""A display, the program on it, and a person's hands: pointer and keys by xdotool, eyes by questions to ``watched``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0  # seconds; only ever waited where something is wrong
HIDDEN = ("WAYLAND_DISPLAY", "QT_QPA_PLATFORMTHEME", "XDG_CURRENT_DESKTOP", "DBUS_SESSION_BUS_ADDRESS", "CI")


def what_is_missing() -> str:
    """Why the program cannot be driven here, in a sentence; "" if it can."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    return f"needs {' and '.join(missing)} (Debian: apt install xvfb xdotool)" if missing else ""


def wait_for(what: str, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The condition's value as soon as it is true. Raises TimeoutError that says what did not come."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"After {seconds:g} s still waiting for {what}.")
        time.sleep(0.02)
    return value


class Display:
    """An X server that draws into a file, by a number that it finds free."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        read, write = os.pipe()
        screen = ["-screen", "0", "1440x900x24", "-fbdir", str(folder)]
        # Without -noreset the server would begin anew between two starts of the program.
        command = ["Xvfb", "-displayfd", str(write), *screen, "-noreset", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start.")
        self.name = f":{number}"

    def photograph(self, path: Path) -> None:
        """Save what is on the screen, whatever state the program is in."""
        data = (self._folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, width, height, line, colors = header[0], header[4], header[5], header[12], header[19]
        start = size + 12 * colors
        pixels = np.frombuffer(data, np.uint8, line * height, start).reshape(height, line)[:, : 4 * width]
        Image.fromarray(pixels.reshape(height, width, 4)[..., 2::-1].copy()).save(path)

    def close(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait(10)


class Program:
    """One start of the program. Ends it, if nobody has quit it, on leaving the ``with`` block."""

    def __init__(self, display: Display, folder: Path, *words: str) -> None:
        self._display = display
        self._number = 1 + len(list(folder.glob("program-*.log")))
        self.log = folder / f"program-{self._number}.log"
        self._photo = folder / f"failure-{self._number}.png"
        # The path of a socket may have 107 bytes: the folder of a test is too long for some.
        self._socket_path = f"/tmp/backprop-e2e-{os.getpid()}-{self._number}"
        environment = {key: text for key, text in os.environ.items() if key not in HIDDEN}
        environment |= {
            "DISPLAY": display.name,
            "QT_QPA_PLATFORM": "xcb",
            "BACKPROP_STUDIO_NO_BOOTSTRAP": "1",
            "BACKPROP_STUDIO_DATA": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
        }
        self._environment = environment
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.watched", self._socket_path, *words],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._socket: socket.socket | None = None

    def __enter__(self) -> Program:
        try:
            self._socket = wait_for("the program to answer", self._connected)
            wait_for("the window", self.state)
            self.focus("Backprop Studio")
        except BaseException:
            self._end(failed=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(failed=kind is not None)

    def _end(self, failed: bool) -> None:
        if failed:
            self._display.photograph(self._photo)
            sys.stderr.write(f"The screen: {self._photo}\n{self.log.read_text()}")
        if self._socket is not None:
            self._socket.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        Path(self._socket_path).unlink(missing_ok=True)

    def _connected(self) -> socket.socket | None:
        if self._process.poll() is not None:
            raise RuntimeError(f"The program has ended with status {self._process.returncode}.")
        found = socket.socket(socket.AF_UNIX)
        try:
            found.connect(self._socket_path)
        except OSError:
            found.close()
            return None
        found.settimeout(PATIENCE)
        return found

    # -- eyes ---------------------------------------------------------------------------------------------------------

    def ask(self, about: str, **question: str) -> Any:
        """What ``watched`` answers."""
        assert self._socket is not None
        self._socket.sendall(json.dumps({"about": about, **question}).encode() + b"\n")
        heard = b""
        while not heard.endswith(b"\n"):
            part = self._socket.recv(65536)
            if not part:
                raise RuntimeError("The program has gone away.")
            heard += part
        return json.loads(heard)

    def state(self) -> Any:
        """The figures behind the window; None before there is one."""
        return self.ask("state")

    def wait_state(self, what: str, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first state for which the condition holds."""

        def look() -> dict[str, Any] | None:
            state: dict[str, Any] = self.state()
            return state if condition(state) else None

        found: dict[str, Any] = wait_for(what, look)
        return found

    def widget(self, cls: str, name: str) -> dict[str, Any]:
        """The one widget of this class and name that can be seen, once it can be used."""

        def look() -> dict[str, Any] | None:
            found = [each for each in self.ask("widgets", cls=cls, name=name) if each["enabled"]]
            assert len(found) <= 1, f"{len(found)} widgets are {cls} {name!r}"
            return found[0] if found else None

        found: dict[str, Any] = wait_for(f"{cls} {name!r}", look)
        return found

    # -- hands --------------------------------------------------------------------------------------------------------

    def do(self, *words: object) -> None:
        """One call of xdotool."""
        subprocess.run(["xdotool", *map(str, words)], env=self._environment, check=True, timeout=PATIENCE)

    def focus(self, title: str) -> None:
        """Give a window the keys, as a window manager would: there is none here."""

        def found() -> bool:
            search = ["xdotool", "search", "--onlyvisible", "--name", title]
            done = subprocess.run(search, env=self._environment, capture_output=True, text=True, check=False)
            if windows := done.stdout.split():
                self.do("windowfocus", "--sync", windows[-1])
            return bool(windows)

        wait_for(f"a window called {title}", found)

    def click(self, place: Sequence[int]) -> None:
        """Press and release in the middle of a place."""
        left, top, width, height = place
        self.do("mousemove", left + width // 2, top + height // 2, "click", 1)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self.do("key", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.do("type", "--delay", 4, text)

    def scroll_to(self, cls: str, name: str) -> dict[str, Any]:
        """Turn the wheel over the left edge of the Build column until all of a widget can be seen."""
        column = self.widget("BuildPanel", "")["place"]
        self.do("mousemove", column[0] + 4, column[1] + column[3] // 2)

        def look() -> dict[str, Any] | None:
            found = self.widget(cls, name)
            if found["whole"]:
                return found
            self.do("click", 5)
            return None

        found: dict[str, Any] = wait_for(f"{cls} {name!r} in sight", look)
        return found

    def answer_dialog(self, title: str, text: str) -> None:
        """Type a text into a file dialog and take it."""
        wait_for(f"the dialog {title!r}", lambda: self.ask("dialog") == title)
        self.focus(f"^{title}$")
        wait_for("the field for the name", lambda: self.widget("QLineEdit", "fileNameEdit")["focused"])
        self.press("ctrl+a")
        self.type(text)
        wait_for("what was typed", lambda: self.widget("QLineEdit", "fileNameEdit")["text"] == text)
        self.press("Return")
        wait_for("the dialog to close", lambda: not self.ask("dialog"))
        self.focus("Backprop Studio")

    def draw(self, *strokes: Sequence[tuple[int, int]]) -> None:
        """Draw on the empty pad; places are in 280ths of its side."""
        left, top, width, height = self.widget("Canvas", "Drawing pad")["place"]
        side, before = min(width, height), self.state()["strokes"]
        corner_x, corner_y = left + (width - side) / 2, top + (height - side) / 2

        def move(place: tuple[int, int]) -> None:
            self.do("mousemove", round(corner_x + place[0] * side / 280), round(corner_y + place[1] * side / 280))

        for number, stroke in enumerate(strokes, before + 1):
            move(stroke[0])
            self.do("mousedown", 1)
            self._await_pen(number, stroke[0])
            for place in stroke[1:]:
                move(place)
                self._await_pen(number, place)
            self.do("mouseup", 1)

    def _await_pen(self, number: int, place: tuple[int, int]) -> None:
        """Wait until the stroke has come so far: moves that come too fast may be taken together."""

        def there(state: dict[str, Any]) -> bool:
            near = [abs(found - wanted) < 4 for found, wanted in zip(state["pen"], place, strict=False)]
            return state["strokes"] == number and all(near)

        self.wait_state(f"the pen at {place}", there)

    def quit(self) -> int:
        """Press Ctrl+Q; returns the exit status."""
        self.press("ctrl+q")
        return self._process.wait(PATIENCE)
