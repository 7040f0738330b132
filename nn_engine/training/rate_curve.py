"""What the trials of a search for a learning rate say: the curve of the loss over the rate, and where it falls."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn_engine.types import Floats

SMOOTHING = 0.9
"""How much of the mean loss so far stays in the next one."""
FEWEST = 10
"""A fall over fewer trials than this says nothing."""
CLEAR = 0.1
"""The share of the loss that has to go in the fall for it to be a clear one."""
UNSETTLED = 0.1
"""The share of the trials, the first ones, whose mean is that of so few that it only shows how they differ."""
BEGUN = 0.1
"""The share of the fall that has to be done where the valley begins."""


@dataclass(frozen=True)
class RateTrial:
    """One step of the search: the rate it used and the loss before it."""

    learning_rate: float
    loss: float


@dataclass(frozen=True)
class RateSuggestion:
    """What the trials say."""

    valley: float | None
    """A rate a good way down the longest fall of the loss; none where there is no clear one."""
    steepest: float | None
    """The rate at which the loss falls fastest; none where there is no clear fall."""
    sentence: str
    """The same in words, and what to do where there is no clear valley."""


def smooth(trials: Sequence[RateTrial]) -> Floats:
    """The losses of the trials as running means without the bias of their start, (n,)."""
    means, mean = np.empty(len(trials)), 0.0
    for index, trial in enumerate(trials):
        mean += (1 - SMOOTHING) * (trial.loss - mean)
        means[index] = mean / (1 - SMOOTHING ** (index + 1))
    return means


def suggest(trials: Sequence[RateTrial]) -> RateSuggestion:
    """What rate to take, by the two rules in use.

    The valley is the longest fall of the smoothed loss, found as the longest run of ever lower values with others in
    between left out; the suggestion lies half way along it, as ratios of rates go. The steepest is where the smoothed
    loss falls most for the same ratio of rates.
    """
    unclear = "There is no clear valley: the loss {}. {}"
    if not trials:
        advice = "Choose another way to draw them."
        return RateSuggestion(None, None, unclear.format("is not finite with the initial weights", advice))
    if len(trials) < FEWEST:
        return RateSuggestion(None, None, unclear.format("exploded at once", "Begin with a smaller rate."))
    unsettled = round(UNSETTLED * len(trials))
    losses, rates = smooth(trials)[unsettled:], np.log([trial.learning_rate for trial in trials[unsettled:]])
    start, end = _longest_fall(losses)
    if end - start < FEWEST or losses[start] - losses[end] < CLEAR * abs(losses[start]):
        advice = "Try a wider range of rates, or look whether the network can learn at all."
        return RateSuggestion(None, None, unclear.format("hardly falls at any rate", advice))
    if end == len(losses) - 1:
        return RateSuggestion(None, None, unclear.format("still falls at the highest rate", "Try higher rates."))
    # At rates that are far too small it falls as well, if ever so slightly: the valley begins where that changes.
    fallen = (losses[start] - losses[start : end + 1]) / (losses[start] - losses[end])
    edge = start + int(np.flatnonzero(fallen <= BEGUN)[-1])
    valley = float(np.exp((rates[edge] + rates[end]) / 2))
    slopes = np.gradient(losses[edge : end + 1], rates[edge : end + 1])
    steepest = float(np.exp(rates[edge + int(np.argmin(slopes))]))
    span = f"{math.exp(rates[edge]):.2g} to {math.exp(rates[end]):.2g}"
    return RateSuggestion(valley, steepest, f"The loss falls at rates from {span}; {valley:.2g} is half way.")


def _longest_fall(losses: Floats) -> tuple[int, int]:
    """First and last index of the longest decreasing subsequence."""
    lengths, before = np.ones(len(losses), int), np.full(len(losses), -1)
    for index in range(1, len(losses)):
        higher = np.flatnonzero(losses[:index] > losses[index])
        if len(higher):
            longest = int(higher[np.argmax(lengths[higher])])
            lengths[index], before[index] = lengths[longest] + 1, longest
    end = int(np.argmax(lengths))
    start = end
    while before[start] >= 0:
        start = int(before[start])
    return start, end
