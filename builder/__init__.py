"""alignboard: leaderboards that say how their metrics are combined."""

import os

__version__ = "0.1.0"

# Before NumPy is loaded: sums over several BLAS threads are not bit-reproducible, and the matrices are small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
