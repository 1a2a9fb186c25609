"""Benchmarks against peers. Run them with `python -m bench`, or name some: `python -m bench kendall`."""
