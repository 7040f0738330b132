"""What tests of files share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def disk_that_need_not_be_waited_for() -> Iterator[None]:
    """Thousands of small files are written here, and no power fails: what matters is that ``sync`` is called."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield
