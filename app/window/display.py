"""Whether a window can be shown at all, found out before Qt tries: Qt would abort, which Python cannot catch.

Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import sys

COMMON = {
    "libgl1": "libGL.so.1",
    "libegl1": "libEGL.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libfontconfig1": "libfontconfig.so.1",
    "libdbus-1-3": "libdbus-1.so.3",
}
X11 = {
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libx11-xcb1": "libX11-xcb.so.1",
}
HEADLESS = "Without a window everything works from the command line: python3 main.py train --preset mnist-300"


def why_no_window() -> str:
    """A sentence with the remedy where no window can be shown; "" where one can. Only Linux needs to be asked."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    drawn_nowhere = platform.split(":")[0] in ("offscreen", "minimal", "vnc")
    wanted = dict(COMMON)
    if not drawn_nowhere and not os.environ.get("WAYLAND_DISPLAY"):
        wanted.update(X11)
    missing = [package for package, library in wanted.items() if not _loads(library)]
    if missing:
        return f"Qt needs libraries that are not installed: apt install {' '.join(missing)}\n{HEADLESS}"
    if drawn_nowhere or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return "" if drawn_nowhere or os.environ.get("WAYLAND_DISPLAY") else _why_no_x(os.environ["DISPLAY"])
    return f"There is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so no window can be shown.\n{HEADLESS}"


def _why_no_x(display: str) -> str:
    """Knock at the X server: Qt aborts where it does not answer."""
    xcb = ctypes.CDLL("libX11.so.6") if _loads("libX11.so.6") else None
    if xcb is None:
        return ""
    xcb.XOpenDisplay.restype = ctypes.c_void_p
    xcb.XOpenDisplay.argtypes = [ctypes.c_char_p]
    xcb.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = xcb.XOpenDisplay(display.encode())
    if not connection:
        return f"The display {display} does not answer, so no window can be shown.\n{HEADLESS}"
    xcb.XCloseDisplay(connection)
    return ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
