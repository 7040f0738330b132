"""Checks of JSON values name the place, what was expected and what was found."""

from __future__ import annotations

from typing import Any

import pytest

from nn_engine.io.schema import (
    Check,
    anything,
    list_of,
    mapping_of,
    number,
    one_of,
    optional,
    record,
    text,
    truth,
    whole,
)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (anything, {"x": [None]}),
        (text, ""),
        (truth, True),
        (number, 0),
        (number, -1.5),
        (whole(), 0),
        (whole(3), 2**63 - 1),
        (one_of("a", "b"), "b"),
        (optional(text), None),
        (optional(text), "x"),
        (mapping_of(number), {"a": 1, "b": 2.5}),
        (record(a=text, b=optional(text)), {"a": "x", "b": None}),
    ],
)
def test_accepted_as_it_is(check: Check, value: Any) -> None:
    checked = check(value, "here")
    assert checked == value
    assert type(checked) is type(value)


def test_lists_become_tuples() -> None:
    assert list_of(list_of(whole()))([[1], []], "here") == ((1,), ())


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (text, 1, "here: expected text; found 1."),
        (text, None, "here: expected text; found None."),
        (truth, 1, "here: expected true or false; found 1."),
        (number, "1", "here: expected a finite number; found '1'."),
        (number, True, "here: expected a finite number; found True."),
        (number, float("nan"), "here: expected a finite number; found nan."),
        (number, float("-inf"), "here: expected a finite number; found -inf."),
        (number, 2**63, f"here: expected a finite number; found {2**63}."),
        (whole(1), 0, "here: expected a whole number from 1 up; found 0."),
        (whole(), 1.0, "here: expected a whole number from 0 up; found 1.0."),
        (whole(), False, "here: expected a whole number from 0 up; found False."),
        (whole(), 2**63, f"here: expected a whole number from 0 up; found {2**63}."),
        (one_of("a", "b"), "c", "here: expected one of a, b; found 'c'."),
        (one_of("a", "b"), ["a"], "here: expected one of a, b; found ['a']."),
        (optional(text), 0, "here: expected text; found 0."),
        (list_of(text), "abc", "here: expected a list; found 'abc'."),
        (list_of(text), ["a", 1], "here[1]: expected text; found 1."),
        (mapping_of(text), [], "here: expected an object; found []."),
        (mapping_of(text), {"a": 1}, "here.a: expected text; found 1."),
        (record(a=text), {}, "here: a is missing."),
        (record(a=text), {"a": "x", "b": 1}, "here: b is not expected there."),
        (record(a=text), [], "here: expected an object; found []."),
        (record(a=list_of(record(b=text))), {"a": [{"b": "x"}, {"b": 2}]}, "here.a[1].b: expected text; found 2."),
        (text, ["x" * 100], f"here: expected text; found ['{'x' * 75}…."),
    ],
)
def test_refused_in_words(check: Check, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"^here") as caught:
        check(value, "here")
    assert str(caught.value) == message
