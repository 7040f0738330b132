"""JSON that a person may have written or changed: read strictly, refused with the place and what belongs there."""

import json
import re
from typing import Any

from nn_engine.declarations.nesting import nested_too_deeply

EXPECTED = {
    "Expecting value": "a value: text in double quotes, a number, true, false, null, a list or an object",
    "Expecting property name enclosed in double quotes": "a name in double quotes",
    "Expecting ':' delimiter": "a colon after the name",
    "Expecting ',' delimiter": "a comma, or the bracket that closes what is open",
    "Unterminated string starting at": "a double quote that ends the text begun here",
    "Invalid control character at": "text without line breaks and other control characters",
    "Invalid \\escape": "a known sign after the backslash, such as n or a second backslash",
    "Invalid \\uXXXX escape": "four hexadecimal digits after the backslash and u",
    "Extra data": "the end, for one value is complete here",
    "Illegal trailing comma before end of object": "another name after the comma",
    "Illegal trailing comma before end of array": "another value after the comma",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "no byte order mark",
}
"""What belongs where Python's parser gives up, by its own words."""

STRING_OR_CONSTANT = re.compile(r'"(?:\\.|[^"\\])*"|(-?Infinity|NaN)')
TOKEN = re.compile(r'"[^"\n]{0,20}"?|[\w.+-]{1,20}|\S')


class ConstantError(ValueError):
    """NaN or an infinity."""


class JSONTextError(ValueError):
    """The message begins with the place: "line 3, column 5: expected a colon after the name; found }"."""


def parse(text: str) -> Any:
    """The value a text stands for. Raises JSONTextError."""
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except json.JSONDecodeError as fault:
        expected = EXPECTED.get(fault.msg, "JSON")
        raise JSONTextError(f"{_place(text, fault.pos)}: expected {expected}; {_found(text, fault.pos)}") from None
    except RecursionError:
        raise JSONTextError("its brackets are nested too deeply") from None
    except ConstantError as fault:
        raise JSONTextError(f"{_place(text, _constant(text))}: {fault}") from None
    except ValueError:  # more digits than Python turns into a number
        digits = max(re.finditer(r"\d+", text), key=lambda match: len(match[0]))
        fault_in_words = f"expected a number of a few digits; found {len(digits[0]):,}"
        raise JSONTextError(f"{_place(text, digits.start())}: {fault_in_words}") from None
    if nested_too_deeply(value):
        raise JSONTextError("its brackets are nested too deeply")
    return value


def refuse_constant(constant: str) -> float:
    """For ``json.loads(parse_constant=…)``, which without it takes NaN and Infinity. Raises ConstantError."""
    raise ConstantError(f"{constant} is not a number in JSON")


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line:,}, column {position - text.rfind(chr(10), 0, position):,}"


def _found(text: str, position: int) -> str:
    found = TOKEN.match(text, position)
    if found:
        return f"found {found[0]}"
    return "found the end of the line" if text[position:].strip() else "the text ends there"


def _constant(text: str) -> int:
    """Where the first NaN or infinity stands that is not part of a string."""
    return next(match.start() for match in STRING_OR_CONSTANT.finditer(text) if match[1])
