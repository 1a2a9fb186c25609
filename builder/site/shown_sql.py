"""The SQL of a snapshot's rankings, as a file to read beside its data."""

from __future__ import annotations

import hashlib

from builder import __version__
from builder.database import query_text

FILE = "data/rankings.sql"
QUERIES = ("tables", "cells", "name_selection", "panel", "rank_aggregates", "panel_cells")
"""What the warehouse asks for a ranking, in this order."""
_HEAD = f"""\
-- The queries by which alignboard {__version__} takes what a ranking is made of out of a snapshot's tables,
-- in DuckDB. $selection and $policy are those of the ranking's address; $complete is whether the policy is
-- 'complete'. What a scheme makes of the panel's scores and ranks, its formula says (methods/).
"""


def rankings_sql() -> str:
    """The queries, one after the other."""
    return "\n".join([_HEAD, *(query_text(name) for name in QUERIES)])


def rankings_sql_sha256() -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(rankings_sql().encode()).hexdigest()
