"""JSON files with a format and a version, read with care and written atomically."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nn_engine.io.json_text import JSONTextError, parse

Migration = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns a document of one version into one of the next."""

MOST_BYTES = 4 * 2**20


def to_text(format_name: str, version: int, content: Mapping[str, Any]) -> bytes:
    """The document as bytes. Raises ValueError for numbers that JSON cannot hold."""
    document = {"format": format_name, "version": version, **content}
    return (json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()


def load_document(
    path: Path, format_name: str, version: int, migrations: Mapping[int, Migration], error: type[ValueError]
) -> dict[str, Any]:
    """The document's content, brought to the present version.

    Raises ``error`` naming the file and the fault; OSError as ``open`` does.
    """
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise error(f"{path}: the file has more than {MOST_BYTES:,} bytes, the most that such a file can have.")
    if not data:
        raise error(f"{path}: the file is empty.")
    try:
        document = parse(data.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise error(f"{path}: not readable as JSON: expected UTF-8 text; byte {fault.start + 1:,} is none.") from None
    except JSONTextError as fault:
        raise error(f"{path}: not readable as JSON: {fault}.") from None
    if not isinstance(document, dict) or document.get("format") != format_name:
        raise error(f'{path}: expected a file with "format": "{format_name}"; this is another kind of file.')
    found = document.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise error(f"{path}: expected a format version from 1 up; found {found!r}.")
    if found > version:
        raise error(f"{path}: written by a newer version of the studio (format {found}; this one reads {version}).")
    for step in range(found, version):
        document = migrations[step](document)
    return {name: value for name, value in document.items() if name not in ("format", "version")}
