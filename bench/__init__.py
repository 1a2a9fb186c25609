"""Benchmarks against peers. Run them with `python -m bench`, or name some: `python -m bench kendall`."""

import builder  # noqa: F401  (before NumPy, whose threads it sets)
