"""Run the tests: ``python3 -m tests [arguments for pytest]``, on a machine that may have nothing but Python."""

from __future__ import annotations

import sys

from app.bootstrap import ensure_environment


def main() -> int:
    """Prepare the environment, run pytest with the given arguments, and return its exit status."""
    ensure_environment(("runtime", "dev"))
    import pytest  # only now is it certain to be there

    return int(pytest.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
