"""``main.py find-rate``: try learning rates from tiny to far too large, and suggest one."""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

from app.cli.commands import UsageError
from app.cli.output import print_json
from app.cli.train import chosen_experiment
from nn_engine.declarations import setting_at
from nn_engine.declarations.kinds import RefusedError
from nn_engine.experiments import Experiment, schedule_sentence, split_data, try_rates
from nn_engine.training.rate_curve import RateSuggestion, RateTrial, smooth, suggest

LINES = 20
"""How many lines the curve is printed on."""
WIDTH = 40
"""How many signs the highest loss is wide."""
WIDEST = 1.2
"""Losses beyond so many times what they were before the valley leave the picture: there the network falls apart."""


def run(arguments: argparse.Namespace) -> int:
    """Search as the arguments say. Nothing is written, and nothing but a copy is trained."""
    experiment, lowest, highest = chosen_experiment(arguments), arguments.lowest, arguments.highest
    rate = setting_at(experiment, "optimizer.learning_rate").kind
    for option, value in (("--lowest", lowest), ("--highest", highest)):
        try:
            rate.check(value)
        except RefusedError:
            raise UsageError(f"{option}: expected {rate.expected()}; received {value:g}.") from None
    if lowest >= highest:
        raise UsageError(f"--lowest: expected a rate below that of --highest, {highest:g}; received {lowest:g}.")
    data = experiment.data.load()
    search = try_rates(experiment, data=data, lowest=lowest, highest=highest, steps=arguments.steps)
    trials = list(_followed(search, arguments.steps))
    found = suggest(trials)
    if arguments.json:
        _print_json(experiment, trials, found)
        return 0
    _print_curve(trials, found)
    print(found.sentence)
    if found.valley is not None:
        steps = math.ceil(len(split_data(experiment, data)[0]) / experiment.batch_size)
        if scheduled := schedule_sentence(experiment, float(f"{found.valley:.2g}"), steps):
            print(scheduled)
        now = experiment.optimizer.learning_rate
        print(f"The experiment has {now:g}; train with --learning-rate {found.valley:.2g} to try this one.")
    return 0


def _followed(trials: Iterable[RateTrial], steps: int) -> Iterator[RateTrial]:
    """The trials, told on a terminal by a line that moves."""
    live = sys.stderr is not None and sys.stderr.isatty()
    try:
        for number, trial in enumerate(trials, 1):
            if live:
                told = f"rate {trial.learning_rate:.2e}  loss {trial.loss:.4f}  {number}/{steps}"
                print(f"\r\x1b[K{told[: shutil.get_terminal_size().columns - 1]}", end="", file=sys.stderr, flush=True)
            yield trial
    finally:
        if live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _print_json(experiment: Experiment, trials: Sequence[RateTrial], found: RateSuggestion) -> None:
    print_json(
        {
            "event": "rate_search",
            "learning_rate": experiment.optimizer.learning_rate,
            "rates": [trial.learning_rate for trial in trials],
            "losses": [trial.loss for trial in trials],
            "smoothed": smooth(trials).tolist(),
            "valley": found.valley,
            "steepest": found.steepest,
            "message": found.sentence,
        }
    )


def _print_curve(trials: Sequence[RateTrial], found: RateSuggestion) -> None:
    """The smoothed loss as bars, at some of the rates and at those that are suggested."""
    if not trials:
        return
    means = smooth(trials).tolist()
    shown = {round(line * (len(trials) - 1) / (LINES - 1)) for line in range(LINES)}
    marks: dict[int, list[str]] = {}
    for name, rate in (("valley", found.valley), ("steepest", found.steepest)):
        if rate is not None:
            index = min(range(len(trials)), key=lambda each: abs(math.log(trials[each].learning_rate / rate)))
            marks.setdefault(index, []).append(f"{name} {rate:.2g}")
    finite = [mean for mean in means if math.isfinite(mean)]
    lowest = finite.index(min(finite)) if finite else 0
    longest = WIDEST * max(finite[: lowest + 1], default=1.0) or 1.0
    print(f"{'rate':>8}  {'loss':>8}")
    for index in sorted(shown | set(marks)):
        mean = means[index]
        length = round(WIDTH * mean / longest) if math.isfinite(mean) and mean < longest else WIDTH
        bar = "━" * max(0, length) + ("" if mean < longest else "…")
        mark = f"  ← {', '.join(marks[index])}" if index in marks else ""
        loss = f"{mean:.4f}" if abs(mean) < 1000 else f"{mean:.4g}"
        print(f"{trials[index].learning_rate:>8.2g}  {loss:>8}  {bar}{mark}")
