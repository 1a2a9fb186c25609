"""Snapshots that are published for good: frozen into archives, restored from them, and locked."""
