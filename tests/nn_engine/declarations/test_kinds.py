"""Every kind of value: what it accepts, what it refuses, how it is saved, read back and typed in."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nn_engine import SGD, Adam, DenseLayer, ExponentialDecay, Layer, Optimizer, Rotation, Schedule
from nn_engine.declarations import Kind, Setting, registered
from nn_engine.declarations.kinds import (
    ChoiceKind,
    NumberKind,
    NumbersKind,
    OptionalKind,
    PairKind,
    PartKind,
    PartsKind,
    PathKind,
    RefusedError,
    ShapeKind,
    SwitchKind,
    TextKind,
    kind_of,
)
from tests.nn_engine.declarations.strategies import as_typed, values

WHOLE = NumberKind(integer=True, setting=Setting("", low=1, high=100))
REAL = NumberKind(integer=False, setting=Setting("", low=-1, high=1, high_open=True))
ANY_WHOLE = NumberKind(integer=True, setting=Setting(""))
ANY_REAL = NumberKind(integer=False, setting=Setting(""))

EVERY_KIND = {
    "whole": WHOLE,
    "real": REAL,
    "any whole": ANY_WHOLE,
    "any real": ANY_REAL,
    "switch": SwitchKind(),
    "text": TextKind(),
    "path": PathKind(),
    "word": ChoiceKind(("left", "right")),
    "registered": ChoiceKind("initializer"),
    "shape": ShapeKind(),
    "numbers": NumbersKind(Setting("", low=0)),
    "pair": PairKind(),
    "optional whole": OptionalKind(WHOLE),
    "optional shape": OptionalKind(ShapeKind()),
    "optional registered": OptionalKind(ChoiceKind("activation")),
    "part": PartKind(Optimizer),
    "parts": PartsKind(PartKind(Layer)),
}
every_kind = pytest.mark.parametrize("kind", EVERY_KIND.values(), ids=EVERY_KIND.keys())


def accepts(kind: Kind, value: Any) -> bool:
    """Whether the kind takes the value."""
    try:
        kind.check(value)
    except RefusedError:
        return False
    return True


# -- what holds for every kind ------------------------------------------------------------------------------------


@every_kind
@given(data=st.data())
def test_a_valid_value_stays_what_it_is(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    checked = kind.check(value)
    assert checked == value
    assert type(checked) is type(value)


@every_kind
@given(data=st.data())
def test_json_gives_back_what_it_was_given(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    text = json.dumps(kind.to_json(value), allow_nan=False)
    assert kind.check(kind.from_json(json.loads(text))) == value


@every_kind
@given(data=st.data())
def test_what_a_person_types_is_understood(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    assert kind.check(kind.parse(as_typed(kind, value))) == value


@every_kind
@given(text=st.text(max_size=30))
@example(text="[" * 100_000)
@example(text='{"a":' * 100_000)
@example(text="9" * 5_000)
@example(text="1e999")
@example(text="NaN")
@example(text="-Infinity")
@example(text="[null]")
@example(text='{"type": null}')
@example(text='{"type": "dense"}')
@example(text='[{"type": "dense"}]')
@example(text="\0")
def test_whatever_is_typed_is_taken_or_refused_and_never_crashes(kind: Kind, text: str) -> None:
    try:
        value = kind.check(kind.parse(text))
    except (RefusedError, ValueError):
        return
    assert kind.check(value) == value


@every_kind
def test_what_is_expected_completes_a_sentence(kind: Kind) -> None:
    words = kind.expected()
    assert words == words.strip()
    assert not words.endswith(".")
    assert words[0].islower()


# -- numbers ------------------------------------------------------------------------------------------------------


@given(
    value=st.integers(-20, 20),
    bounds=st.tuples(st.integers(-15, 15), st.integers(-15, 15)).map(sorted),
    sides=st.tuples(*4 * [st.booleans()]),
)
def test_a_whole_number_is_taken_if_and_only_if_it_is_in_the_range(
    value: int, bounds: list[int], sides: tuple[bool, bool, bool, bool]
) -> None:
    _check_range(True, value, bounds, sides)


@given(
    value=st.floats(-20, 20) | st.sampled_from([-15.0, 0.0, 15.0]),
    bounds=st.tuples(*2 * [st.floats(-15, 15) | st.sampled_from([-15.0, 0.0, 15.0])]).map(sorted),
    sides=st.tuples(*4 * [st.booleans()]),
)
def test_a_real_number_is_taken_if_and_only_if_it_is_in_the_range(
    value: float, bounds: list[float], sides: tuple[bool, bool, bool, bool]
) -> None:
    _check_range(False, value, bounds, sides)
    for bound in bounds:
        _check_range(False, bound, bounds, sides)


def _check_range(integer: bool, value: float, bounds: list[Any], sides: tuple[bool, bool, bool, bool]) -> None:
    has_low, has_high, low_open, high_open = sides
    low, high = bounds
    kind = NumberKind(
        integer,
        Setting(
            "",
            low=low if has_low else None,
            high=high if has_high else None,
            low_open=low_open,
            high_open=high_open,
        ),
    )
    above = not has_low or value > low or (value == low and not low_open)
    below = not has_high or value < high or (value == high and not high_open)
    assert accepts(kind, value) == (above and below)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.nan, np.float32("inf"), np.float64("-inf")])
@pytest.mark.parametrize("kind", [WHOLE, REAL, ANY_WHOLE, ANY_REAL])
def test_neither_nan_nor_infinity_is_a_number(kind: Kind, value: Any) -> None:
    assert not accepts(kind, value)


@pytest.mark.parametrize(
    "value",
    [True, False, np.True_, np.False_, "1", b"1", bytearray(b"1"), None, 1j, np.complex128(1), [1], (1,), {1}, {1: 1}],
    ids=repr,
)
@pytest.mark.parametrize("kind", [WHOLE, REAL, ANY_WHOLE, ANY_REAL])
def test_what_is_no_number_is_refused(kind: Kind, value: Any) -> None:
    assert not accepts(kind, value)


@pytest.mark.parametrize("value", [np.array([1]), np.array([0.5]), np.zeros((2, 2))], ids=repr)
@pytest.mark.parametrize("kind", [ANY_WHOLE, ANY_REAL])
def test_an_array_is_no_number(kind: Kind, value: Any) -> None:
    assert not accepts(kind, value)


@pytest.mark.parametrize("value", [1.0, 1.5, np.float32(1), np.float64(1)])
def test_a_real_number_is_not_whole_even_if_nothing_follows_the_point(value: Any) -> None:
    assert not accepts(ANY_WHOLE, value)


def test_a_huge_whole_number_is_kept_to_its_last_digit() -> None:
    assert ANY_WHOLE.check(10**400 + 1) == 10**400 + 1
    assert ANY_WHOLE.check(2**63 - 1) == 2**63 - 1


@pytest.mark.parametrize("value", [10**400, -(10**400), 2**64])
def test_a_huge_number_out_of_range_is_refused(value: int) -> None:
    assert not accepts(WHOLE, value)
    assert not accepts(REAL, value)


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_number_that_no_float_can_hold_is_refused(value: int) -> None:
    assert not accepts(ANY_REAL, value)


WHOLE_TYPES = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.intp)
REAL_TYPES = (np.float16, np.float32, np.float64, np.longdouble)


@pytest.mark.parametrize("dtype", WHOLE_TYPES)
def test_numpy_whole_numbers_become_plain_ones(dtype: type[np.integer[Any]]) -> None:
    whole, real = ANY_WHOLE.check(dtype(7)), ANY_REAL.check(dtype(7))
    assert (whole, type(whole)) == (7, int)
    assert (real, type(real)) == (7.0, float)


@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_numpy_real_numbers_become_plain_ones(dtype: type[np.floating[Any]]) -> None:
    real = ANY_REAL.check(dtype(0.75))
    assert (real, type(real)) == (0.75, float)


def test_a_whole_number_serves_as_a_real_one() -> None:
    value = ANY_REAL.check(3)
    assert (value, type(value)) == (3.0, float)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (Setting(""), "a number"),
        (Setting("", low=0), "a number from 0 up"),
        (Setting("", low=0, low_open=True), "a number above 0"),
        (Setting("", high=2), "a number to 2"),
        (Setting("", high=2, high_open=True), "a number below 2"),
        (Setting("", low=0, high=1), "a number from 0 to 1"),
        (Setting("", low=0, high=1, high_open=True), "a number from 0 and below 1"),
        (Setting("", low=0.5, high=1, low_open=True), "a number above 0.5 to 1"),
        (Setting("", low=0, high=180, unit="°"), "a number from 0 to 180 °"),
    ],
)
def test_a_range_in_words(setting: Setting, words: str) -> None:
    assert NumberKind(False, setting).expected() == words
    assert NumberKind(True, setting).expected() == words.replace("number", "whole number")


@pytest.mark.parametrize(
    ("text", "value"), [("0.5", 0.5), (".5", 0.5), ("5e-1", 0.5), ("-1", -1.0), (" 0.5 ", 0.5), ("0", 0.0)]
)
def test_numbers_as_typed(text: str, value: float) -> None:
    assert REAL.check(REAL.parse(text)) == value


@pytest.mark.parametrize("text", ["20", "20.0", "2e1", " 20 ", "+20"])
def test_a_whole_number_may_be_typed_in_any_way(text: str) -> None:
    value = WHOLE.check(WHOLE.parse(text))
    assert (value, type(value)) == (20, int)


@pytest.mark.parametrize("text", ["1.5", "15e-1", "20.5"])
def test_what_is_not_whole_as_typed(text: str) -> None:
    assert not accepts(WHOLE, WHOLE.parse(text))


def test_a_large_whole_number_is_typed_to_its_last_digit() -> None:
    assert ANY_WHOLE.check(ANY_WHOLE.parse("9223372036854775807")) == 2**63 - 1


@pytest.mark.parametrize(
    "text", ["", "half", "0,5", "true", "null", '"0.5"', "[0.5]", "0x1", "--1", "nan", "inf", "-Infinity"]
)
def test_what_is_no_number_as_typed(text: str) -> None:
    assert not accepts(REAL, REAL.parse(text))
    assert not accepts(ANY_WHOLE, ANY_WHOLE.parse(text))


# -- switches and words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["true", "yes", "on", "True", "YES", " on "])
def test_words_that_switch_on(word: str) -> None:
    assert SwitchKind().check(SwitchKind().parse(word)) is True


@pytest.mark.parametrize("word", ["false", "no", "off", "False", "NO", " off "])
def test_words_that_switch_off(word: str) -> None:
    assert SwitchKind().check(SwitchKind().parse(word)) is False


@pytest.mark.parametrize("word", ["", "1", "0", "maybe", "truth"])
def test_other_words_switch_nothing(word: str) -> None:
    assert not accepts(SwitchKind(), SwitchKind().parse(word))


@pytest.mark.parametrize("value", [0, 1, None, "true", 1.0])
def test_a_switch_takes_nothing_but_true_and_false(value: Any) -> None:
    assert not accepts(SwitchKind(), value)


@pytest.mark.parametrize("text", ["", " ", "none", "true", "3", "[1]", "größer ✓", "x" * 1000, " kept as it is "])
def test_text_is_taken_as_it_is_typed(text: str) -> None:
    assert TextKind().check(TextKind().parse(text)) == text


@pytest.mark.parametrize("value", ["x" * 1001, "two\nlines", "bell\a", "\0", "tab\t", None, 3, b"bytes", ["text"]])
def test_text_is_one_line_and_not_endless(value: Any) -> None:
    assert not accepts(TextKind(), value)


def test_a_path_counts_from_where_the_person_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = PathKind()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert kind.parse("digits/mine") == str(tmp_path / "digits" / "mine")
    assert kind.parse("/digits") == "/digits"
    assert kind.parse("~/digits") == "/home/someone/digits"
    assert kind.parse("~nobody-of-this-name/digits") == str(tmp_path / "~nobody-of-this-name" / "digits")
    assert kind.parse("") == ""
    assert kind.check("digits/mine") == "digits/mine"
    assert kind.expected() == "a path of at most 1000 characters"
    assert not accepts(kind, "x" * 1001)


def test_a_word_out_of_a_list() -> None:
    kind = ChoiceKind(("left", "right"))
    assert kind.check(kind.parse(" left ")) == "left"
    assert not accepts(kind, "Left")
    assert not accepts(kind, "le")
    assert not accepts(kind, None)
    assert kind.expected() == "one of left, right"


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("he", "he_initialization"),
        ("he_normal", "he_initialization"),
        ("xavier", "xavier_initialization"),
        ("glorot", "xavier_initialization"),
        ("he_initialization", "he_initialization"),
        ("zeros", "zeros"),
    ],
)
def test_an_alias_becomes_the_one_name(alias: str, name: str) -> None:
    kind = ChoiceKind("initializer")
    assert kind.check(alias) == name
    assert kind.check(kind.parse(alias)) == name


def test_only_canonical_names_are_offered() -> None:
    kind = ChoiceKind("initializer")
    assert kind.words() == tuple(registered("initializer"))
    assert "glorot" not in kind.expected()


@pytest.mark.parametrize("value", [None, 3, ["relu"], {"relu": 1}])
def test_what_is_no_text_is_no_registered_name(value: Any) -> None:
    assert not accepts(ChoiceKind("activation"), value)


@pytest.mark.parametrize(
    ("kind", "wrong", "meant"),
    [
        (ChoiceKind(("left", "right")), "rihgt", "right"),
        (ChoiceKind("activation"), "rellu", "relu"),
        (ChoiceKind("initializer"), "galorot", "glorot"),
        (PartKind(Optimizer), "adma", "adam"),
        (PartKind(Schedule), "exponental", "exponential"),
    ],
)
def test_a_mistyped_word_is_refused_with_what_may_be_meant(kind: Kind, wrong: str, meant: str) -> None:
    with pytest.raises(RefusedError, match=rf"Did you mean '{meant}'\?"):
        kind.check(wrong)


# -- shapes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["28,28", "28, 28", "28x28", "28×28", "28 x 28", "[28, 28]", "(28, 28)", " 28,28 "])
def test_a_shape_can_be_typed_in_many_ways(text: str) -> None:
    assert ShapeKind().check(ShapeKind().parse(text)) == (28, 28)


@pytest.mark.parametrize("value", [[28, 28], (28, 28), np.array([28, 28]), [np.int16(28), 28]], ids=repr)
def test_a_shape_can_be_any_sequence_of_whole_numbers(value: Any) -> None:
    shape = ShapeKind().check(value)
    assert shape == (28, 28)
    assert [type(size) for size in shape] == [int, int]


@pytest.mark.parametrize(
    "value",
    [
        *((), (0,), (-1,), (28, 0), (True,), (1.0,), (2**31,), 9 * (1,), ("28",), ((28,),)),
        *(28, None, "28", "28,28", b"28", {28: 1}, {28}),
    ],
)
def test_what_is_no_shape(value: Any) -> None:
    assert not accepts(ShapeKind(), value)


def test_the_longest_shape() -> None:
    assert ShapeKind().check(8 * (1,)) == 8 * (1,)


@pytest.mark.parametrize("text", ["", "28,", "28;28", "a,b", "28,,28", "28.0,28"])
def test_what_is_no_shape_as_typed(text: str) -> None:
    assert not accepts(ShapeKind(), ShapeKind().parse(text))


# -- lists of numbers ---------------------------------------------------------------------------------------------


WEIGHTS = NumbersKind(Setting("", low=0, low_open=True, high=10))


@pytest.mark.parametrize("text", ["1, 2.5", "1,2.5", "[1, 2.5]", " (1.0, 25e-1) "])
def test_a_list_of_numbers_can_be_typed_in_many_ways(text: str) -> None:
    assert WEIGHTS.check(WEIGHTS.parse(text)) == (1.0, 2.5)


@pytest.mark.parametrize("value", [[1, 2.5], np.array([1, 2.5]), (np.float32(1), 2.5)], ids=repr)
def test_numbers_can_be_any_sequence(value: Any) -> None:
    numbers = WEIGHTS.check(value)
    assert numbers == (1.0, 2.5)
    assert [type(number) for number in numbers] == [float, float]


@pytest.mark.parametrize("value", [(), (0,), (11,), (1, -1), (math.nan,), (True,), ("1",), "1, 2", 1, None, {1: 1}])
def test_what_is_no_list_of_such_numbers(value: Any) -> None:
    assert not accepts(WEIGHTS, value)


def test_the_longest_list_of_numbers() -> None:
    assert accepts(WEIGHTS, 1000 * (1,))
    assert not accepts(WEIGHTS, 1001 * (1,))


@pytest.mark.parametrize("text", ["", "1,", "1;2", "a", "1 2"])
def test_what_is_no_list_of_numbers_as_typed(text: str) -> None:
    assert not accepts(WEIGHTS, WEIGHTS.parse(text))


# -- pairs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [3, (3,), [3], (3, 3), [3, 3], np.int16(3), np.array([3, 3])], ids=repr)
def test_one_number_stands_for_height_and_width(value: Any) -> None:
    pair = PairKind().check(value)
    assert pair == (3, 3)
    assert [type(size) for size in pair] == [int, int]


@pytest.mark.parametrize(("text", "pair"), [("3", (3, 3)), ("3,5", (3, 5)), ("3x5", (3, 5)), ("[3, 5]", (3, 5))])
def test_a_pair_can_be_typed_in_many_ways(text: str, pair: tuple[int, int]) -> None:
    assert PairKind().check(PairKind().parse(text)) == pair


@pytest.mark.parametrize("value", [0, -1, 1001, 2.0, True, None, "3", (), (3, 0), (1, 2, 3), (3, 1001), {3: 5}, {3}])
def test_what_is_no_pair(value: Any) -> None:
    assert not accepts(PairKind(), value)


# -- optional values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["none", "None", "null", "", " none "])
def test_nothing_as_typed(text: str) -> None:
    assert OptionalKind(WHOLE).check(OptionalKind(WHOLE).parse(text)) is None


def test_nothing_is_taken_only_where_it_is_optional() -> None:
    assert OptionalKind(WHOLE).check(None) is None
    assert not accepts(WHOLE, None)
    assert OptionalKind(TextKind()).from_json("none") == "none"
    assert OptionalKind(TextKind()).check("") == ""
    assert OptionalKind(WHOLE).from_json(None) is None
    assert OptionalKind(WHOLE).to_json(None) is None
    assert OptionalKind(WHOLE).expected() == WHOLE.expected() + ", or none"


def test_an_optional_value_is_still_checked() -> None:
    assert OptionalKind(WHOLE).check(100) == 100
    assert not accepts(OptionalKind(WHOLE), 101)


# -- parts --------------------------------------------------------------------------------------------------------


def test_a_part_by_name_has_its_defaults() -> None:
    kind = PartKind(Optimizer)
    assert kind.check("adam") == Adam()
    assert kind.check(kind.parse("adam")) == Adam()
    assert kind.check(kind.parse('"adam"')) == Adam()
    assert PartKind(Schedule).check("exponential") == ExponentialDecay()


def test_a_part_is_taken_as_it_is() -> None:
    optimizer = SGD(momentum=0.9)
    assert PartKind(Optimizer).check(optimizer) is optimizer


@pytest.mark.parametrize("value", [None, 3, "rotation", Rotation(), SGD, ["adam"], {"type": "adam"}], ids=repr)
def test_what_is_no_part_of_the_family(value: Any) -> None:
    assert not accepts(PartKind(Optimizer), value)


def test_a_part_as_typed_json() -> None:
    kind = PartKind(Optimizer)
    assert kind.check(kind.parse('{"type": "sgd", "momentum": 0.5}')) == SGD(momentum=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"momentum": 0.5}', "the optimizer needs a 'type': expected one optimizer of: .*sgd"),
        ("{}", "needs a 'type'"),
        ('{"type": "sdg"}', "no optimizer named 'sdg'.*Did you mean 'sgd'"),
        ('{"type": 3}', "no optimizer named 3"),
        ('{"type": ["sgd"]}', "no optimizer named"),
        ('{"type": "rotation"}', "no optimizer named 'rotation'"),
        ('{"type": "sgd", "momentun": 0.5}', "SGD has no setting 'momentun'.*Did you mean 'momentum'"),
        ('{"type": "sgd", "momentum": 5}', r"SGD\.momentum: expected a number .*received 5"),
    ],
)
def test_a_part_that_is_wrong_says_how(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PartKind(Optimizer).parse(text)


def test_a_part_that_needs_more_than_a_name_says_what() -> None:
    kind = PartKind(Layer)
    with pytest.raises(ValueError, match=r"DenseLayer\.units: expected a whole number from 1 .*not given"):
        kind.check("dense")
    with pytest.raises(ValueError, match=r"DenseLayer\.units: .*not given"):
        kind.parse('{"type": "dense", "fn": "relu"}')
    with pytest.raises(ValueError, match="InputLayer: expected units, or a shape; received neither"):
        kind.check("input")


@pytest.mark.parametrize("blocks", [20, 200, 400])
def test_parts_in_parts_without_end_are_refused_in_words(blocks: int) -> None:
    config: dict[str, Any] = {"type": "dense", "units": 3}
    for _ in range(blocks):
        config = {"type": "residual", "layers": [config]}
    for read in (PartKind(Layer).from_json, lambda each: PartsKind(PartKind(Layer)).from_json([each])):
        with pytest.raises(ValueError, match=r"the layer is nested too deeply: expected at most 32 brackets"):
            read(config)
    with pytest.raises(ValueError, match=r"nested too deeply"):
        PartKind(Layer).parse(json.dumps(config))


def test_reading_a_part_leaves_its_json_alone() -> None:
    config = {"type": "sgd", "momentum": 0.5}
    PartKind(Optimizer).from_json(config)
    assert config == {"type": "sgd", "momentum": 0.5}


@pytest.mark.parametrize("make", [list, tuple, iter])
def test_parts_become_a_tuple(make: Any) -> None:
    kind = PartsKind(PartKind(Layer))
    layers = [DenseLayer(units=3), DenseLayer(units=4)]
    assert kind.check(make(layers)) == tuple(layers)


def test_parts_may_be_names() -> None:
    kind = PartsKind(PartKind(Layer))
    assert [layer.registered_name for layer in kind.check(["flatten", "dropout"])] == ["flatten", "dropout"]


@pytest.mark.parametrize("text", ["off", "none", "", " None ", "[]"])
def test_no_parts_as_typed(text: str) -> None:
    assert PartsKind(PartKind(Layer)).parse(text) == ()


@pytest.mark.parametrize("value", [None, 3, "dense", "", {}, {"dense": 1}, [None], [Rotation()], DenseLayer(units=1)])
def test_what_is_no_list_of_parts(value: Any) -> None:
    assert not accepts(PartsKind(PartKind(Layer)), value)


def test_a_list_of_parts_is_not_endless() -> None:
    kind = PartsKind(PartKind(Layer))
    layer = DenseLayer(units=1)
    assert len(kind.check(1000 * [layer])) == 1000
    assert not accepts(kind, 1001 * [layer])


def test_a_wrong_item_of_a_list_is_named_by_its_place() -> None:
    kind = PartsKind(PartKind(Layer))
    with pytest.raises(ValueError, match=r"^layer 1: DenseLayer\.units: expected .*received 0\."):
        kind.parse('[{"type": "dense", "units": 3}, {"type": "dense", "units": 0}]')


# -- from an annotation to its kind -------------------------------------------------------------------------------


SETTING = Setting("", low=1, high=9)


@pytest.mark.parametrize(
    ("annotation", "setting", "kind"),
    [
        (int, SETTING, NumberKind(integer=True, setting=SETTING)),
        (float, SETTING, NumberKind(integer=False, setting=SETTING)),
        (str, Setting("", choices=("a", "b")), ChoiceKind(("a", "b"))),
        (str | None, Setting("", choices=("a", "b")), OptionalKind(ChoiceKind(("a", "b")))),
        (str, Setting("", choices="activation"), ChoiceKind("activation")),
        (int | None, SETTING, OptionalKind(NumberKind(integer=True, setting=SETTING))),
        (str | None, Setting("", choices="activation"), OptionalKind(ChoiceKind("activation"))),
        (Optimizer, Setting(""), PartKind(Optimizer)),
        (Optimizer | None, Setting(""), OptionalKind(PartKind(Optimizer))),
        (tuple[Layer, ...], Setting(""), PartsKind(PartKind(Layer))),
        (tuple[float, ...], Setting("", low=1), NumbersKind(Setting("", low=1))),
    ],
)
def test_the_kind_follows_from_the_annotation(annotation: Any, setting: Setting, kind: Kind) -> None:
    assert kind_of(annotation, setting) == kind


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (bool, SwitchKind),
        (tuple[int, ...], ShapeKind),
        (tuple[int, int], PairKind),
        (tuple[int, ...] | None, OptionalKind),
        (str, TextKind),
    ],
)
def test_the_kind_of_what_needs_no_more_than_its_type(annotation: Any, kind: type[Kind]) -> None:
    assert type(kind_of(annotation, Setting(""))) is kind


def test_the_kind_of_a_path() -> None:
    assert type(kind_of(str, Setting("", path="file"))) is PathKind
    optional = kind_of(str | None, Setting("", path="file"))
    assert isinstance(optional, OptionalKind)
    assert type(optional.inner) is PathKind


@pytest.mark.parametrize("annotation", [bytes, complex, list[int], dict[str, int], object, None, tuple[str, ...]])
def test_an_annotation_without_a_kind_is_the_programmers_mistake(annotation: Any) -> None:
    with pytest.raises(TypeError, match="No kind of setting has the type"):
        kind_of(annotation, Setting(""))


def test_a_setting_shows_what_it_says_and_nothing_else() -> None:
    """A form of help shows it: ``help(DenseLayer)`` at a prompt."""
    assert repr(Setting("How bright it is.")) == "Setting('How bright it is.')"
    setting = Setting("How bright it is.", low=0, high=1, high_open=True, choices=("a", "b"), suggested=0.5)
    shown = "Setting('How bright it is.', low=0, high=1, high_open=True, choices=('a', 'b'), suggested=0.5)"
    assert repr(setting) == shown
    assert eval(shown) == setting
