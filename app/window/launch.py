"""The first steps towards a window, in the order they have to come: display, threads, then everything else."""

from __future__ import annotations

import sys

from app import blas
from app.window.display import why_no_window


def launch(file: str | None) -> int:
    """Open the window; where none can be shown, say why and how to go on without one, and return 1."""
    fault = why_no_window()
    if fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    blas.configure(*_preferred())  # before anything imports NumPy
    from app.window.start import run

    return run(file)


def _preferred() -> tuple[int | None, str | None]:
    """The threads and kernels that the preferences name; none where they leave it open."""
    from PySide6.QtCore import QSettings

    store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "backprop-studio", "studio")
    text, kernels = str(store.value("preferences/threads", "")), store.value("preferences/kernels", "")
    threads = int(text) if text.isdigit() and 1 <= int(text) <= 1024 else None
    return threads, kernels if kernels in (blas.FASTEST, blas.OPENBLAS_OWN) else None
