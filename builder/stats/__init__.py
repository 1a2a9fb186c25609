"""Statistics as pure functions on arrays: no database, no file, no chart."""
