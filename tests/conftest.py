"""What every test relies on: a reproducible process, set up before anything that computes or draws is imported."""

from __future__ import annotations

import os
import tempfile

# One thread, because the number of BLAS threads may change the last bits of a result.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"
# What a person's own cache holds is neither seen nor changed.
_cache = tempfile.TemporaryDirectory()
os.environ["BACKPROP_STUDIO_CACHE"] = _cache.name
# Windows are drawn into memory; tests of a real display set this to what they need.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from hypothesis import settings  # noqa: E402

# Examples are not timed: a busy machine is not a bug. In CI they are the same ones each time, so that a failure there
# can be repeated; everywhere else they differ from run to run and so find more.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
