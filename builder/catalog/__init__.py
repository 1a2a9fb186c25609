"""Studies, snapshots and sources: the only package that reads outside data."""
