"""JSON from outside into values; whatever is wrong with the text is a ValueError."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator


def _filled(text: str) -> str:
    if not text:
        raise ValueError("the text is empty")
    return text


Bare = Annotated[str, AfterValidator(str.strip)]
"""Text without blanks around it: the tables of a snapshot keep none."""
Filled = Annotated[Bare, AfterValidator(_filled)]
"""The same, with something in it."""
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of half a character, which is one only together with another half."""


def parse_json(data: bytes) -> Any:
    """The value of a JSON text: UTF-8, with or without a byte-order mark. A bare NaN is NaN, as in Python.

    Raises UnicodeDecodeError for other text, and ValueError for what is no JSON, has an infinity, is nested
    too deep, or holds half a character, which no file could hold.
    """
    text = data.decode("utf-8-sig")
    try:
        value = json.loads(text, parse_constant=_constant)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half a character") from None
    return value


def _constant(name: str) -> float:
    if name == "NaN":
        return math.nan
    raise ValueError(f"{name} is no number")
