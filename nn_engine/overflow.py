"""Numbers that are out of range: where they are expected, and recognised, NumPy need not warn of them."""

import numpy as np

quietly = np.errstate(all="ignore")
"""Decorates what computes with the weights of a training that may be diverging.

The trainer finds such numbers where they all end up, in the loss, and tells of them in a sentence with what to do;
NumPy's warnings, on a terminal that may not be there, would only be noise.
"""
