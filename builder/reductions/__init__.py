"""From raw measurements to scores: what an adapter computes where its source has no table of scores."""
