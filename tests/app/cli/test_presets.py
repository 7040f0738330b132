"""``presets`` lists what there is to start from."""

from __future__ import annotations

from nn_engine import PRESETS, Experiment
from tests.app.cli.starting import Start, start_process


def test_for_a_person(start: Start) -> None:
    done = start("presets")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines] == list(PRESETS)
    for line, preset in zip(lines, PRESETS.values(), strict=True):
        assert line.endswith(f"  {preset.explanation}")
    assert len({line.index(line.split(maxsplit=1)[1]) for line in lines}) == 1, "the explanations are not in a column"


def test_for_a_program(start: Start) -> None:
    events = start("presets", "--json").events
    assert [event["name"] for event in events] == list(PRESETS)
    for event, preset in zip(events, PRESETS.values(), strict=True):
        assert event["event"] == "preset"
        assert event["explanation"] == preset.explanation
        assert Experiment.from_config(event["experiment"]) == preset.experiment


def test_as_a_process_of_its_own(start: Start) -> None:
    done = start_process("presets")
    assert (done.status, done.out, done.err) == (0, start("presets").out, "")
