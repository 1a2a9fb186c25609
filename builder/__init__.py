"""alignboard: leaderboards that say how their metrics are combined."""

__version__ = "0.1.0"
