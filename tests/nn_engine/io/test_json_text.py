"""JSON that a person has damaged is refused with the place and what belongs there, never in the parser's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.io.json_text import EXPECTED, JSONTextError, parse

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(values)
def test_what_is_right_is_read(value: Any) -> None:
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1, column 1: expected a value: text in double quotes, a number, true, false, null, a list or an"),
        ("[1,\n2,\n", "line 3, column 1: expected a value"),
        ('{\n  "a": 1,\n}', "line 3, column 1: expected a name in double quotes; found }"),
        ("{a: 1}", "line 1, column 2: expected a name in double quotes; found a"),
        ('{"a" 1}', "line 1, column 6: expected a colon after the name; found 1"),
        ("[1 2]", "line 1, column 4: expected a comma, or the bracket that closes what is open; found 2"),
        ('["a", "b', "line 1, column 7: expected a double quote that ends the text begun here"),
        ('["a\nb"]', "line 1, column 4: expected text without line breaks"),
        (r'"\q"', "expected a known sign after the backslash"),
        (r'"\u12"', "expected four hexadecimal digits"),
        ("{}\n{}", "line 2, column 1: expected the end, for one value is complete here; found {"),
        ("\ufeff{}", "line 1, column 1: expected no byte order mark"),
        ('["NaN",\n NaN]', "line 2, column 2: NaN is not a number in JSON"),
        ("[" * 100_000, "its brackets are nested too deeply"),
        ("[" * 33 + "]" * 33, "its brackets are nested too deeply"),
        ('{"a": ' * 33 + "1" + "}" * 33, "its brackets are nested too deeply"),
        ("[1, " + "9" * 5000 + "]", "line 1, column 5: expected a number of a few digits; found 5,000"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_belongs_there(text: str, sentence: str) -> None:
    with pytest.raises(JSONTextError) as caught:
        parse(text)
    assert str(caught.value).startswith(sentence) or sentence in str(caught.value)


def test_what_is_nested_as_deeply_as_anything_needs_is_read() -> None:
    text = "[" * 32 + "]" * 32
    assert json.dumps(parse(text)) == text


@given(st.text(alphabet='{}[]",:\\nu1e-.aNt \n', max_size=30))
def test_no_text_is_refused_in_the_words_of_the_parser(text: str) -> None:
    told = ""
    try:
        parse(text)
    except JSONTextError as fault:
        told = str(fault)
    assert not any(words in told for words in [*EXPECTED, "(char", "expected JSON"])
