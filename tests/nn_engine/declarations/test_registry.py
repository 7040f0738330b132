"""Families of registered classes: found by name and alias, refused in words, taken out again without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from nn_engine.declarations import find, label_of, register, registered, unregister
from nn_engine.declarations.registry import canonical_name

FAMILY = "tree"


class Tree:
    """The base of a family of its own, so that nothing real is touched."""

    family: ClassVar[str] = FAMILY
    registered_name: ClassVar[str] = ""


@pytest.fixture(autouse=True)
def trees() -> Iterator[dict[str, type]]:
    """Two trees, one of them with aliases; whatever a test adds is taken out again."""

    @register("oak", aliases=("quercus", "old_oak"))
    class Oak(Tree):
        pass

    @register("beech")
    class Beech(Tree):
        pass

    yield {"oak": Oak, "beech": Beech}
    for name in list(registered(FAMILY)):
        unregister(FAMILY, name)


def test_a_class_is_found_by_name_and_by_alias(trees: dict[str, type]) -> None:
    assert find(FAMILY, "oak") is trees["oak"]
    assert find(FAMILY, "quercus") is trees["oak"]
    assert find(FAMILY, "old_oak") is trees["oak"]
    assert find(FAMILY, "beech") is trees["beech"]


def test_a_class_knows_its_one_name(trees: dict[str, Any]) -> None:
    assert trees["oak"].registered_name == "oak"
    assert canonical_name(FAMILY, "quercus") == "oak"
    assert canonical_name(FAMILY, "oak") == "oak"


def test_aliases_are_not_listed_and_the_order_is_that_of_registration() -> None:
    assert list(registered(FAMILY)) == ["oak", "beech"]


def test_the_list_of_a_family_cannot_be_written_to(trees: dict[str, type]) -> None:
    listed: Any = registered(FAMILY)
    with pytest.raises(TypeError):
        listed["elm"] = Tree
    assert list(registered(FAMILY)) == ["oak", "beech"]


def test_an_unknown_family_has_no_classes() -> None:
    assert dict(registered("no such family")) == {}
    with pytest.raises(ValueError, match="no such family named 'oak'"):
        find("no such family", "oak")


@pytest.mark.parametrize("name", ["oak", "quercus"])
@pytest.mark.parametrize("as_alias", [False, True])
def test_a_taken_name_is_refused_and_says_by_whom(name: str, as_alias: bool) -> None:
    with pytest.raises(ValueError, match=f"{FAMILY} name '{name}' is taken by Oak"):
        register("elm" if as_alias else name, aliases=(name,) if as_alias else ())(Tree)
    assert list(registered(FAMILY)) == ["oak", "beech"]


def test_a_class_that_is_written_anew_takes_the_place_of_its_former_self() -> None:
    def written(aliases: tuple[str, ...]) -> type:
        @register("elm", aliases=aliases, label=f"elm of {len(aliases)} aliases")
        class Elm(Tree):
            pass

        return Elm

    former = written(("ulmus", "wych"))
    later = written(("ulmus",))
    assert former is not later
    assert list(registered(FAMILY)) == ["oak", "beech", "elm"]
    assert find(FAMILY, "elm") is find(FAMILY, "ulmus") is later
    assert label_of(later) == "elm of 1 aliases"
    with pytest.raises(ValueError, match="no tree named 'wych'"):
        find(FAMILY, "wych")
    with pytest.raises(ValueError, match="'beech' is taken by Beech"):
        written(("beech",))


def test_the_same_name_in_another_family_is_another_class(trees: dict[str, type]) -> None:
    class Furniture:
        family: ClassVar[str] = "furniture of oak"

    register("oak")(Furniture)
    try:
        assert find("furniture of oak", "oak") is Furniture
        assert find(FAMILY, "oak") is trees["oak"]
    finally:
        unregister("furniture of oak", "oak")


def test_unregistering_takes_the_aliases_along() -> None:
    unregister(FAMILY, "oak")
    for name in ("oak", "quercus", "old_oak"):
        with pytest.raises(ValueError, match="expected one of beech"):
            find(FAMILY, name)
    register("quercus")(Tree)
    assert find(FAMILY, "quercus") is Tree


@pytest.mark.parametrize(
    ("wrong", "meant"), [("oka", "oak"), ("bech", "beech"), ("quercsu", "quercus"), ("OAK", "oak")]
)
def test_an_unknown_name_is_refused_with_what_exists_and_what_may_be_meant(wrong: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"no tree named '{wrong}': expected one of oak, beech\. .*mean '{meant}'\?"):
        find(FAMILY, wrong)


def test_nothing_is_suggested_where_nothing_is_alike() -> None:
    with pytest.raises(ValueError, match=r"expected one of oak, beech\. One of your own has to be imported before it"):
        find(FAMILY, "xylophone")
    with pytest.raises(ValueError, match=r"expected one of oak, beech\.$"):
        find(FAMILY, 3)


@pytest.mark.parametrize("name", [None, 3, ["oak"], {"oak": 1}, ("oak",)])
def test_what_is_no_text_is_no_name(name: object) -> None:
    with pytest.raises(ValueError, match="There is no tree named"):
        find(FAMILY, name)
