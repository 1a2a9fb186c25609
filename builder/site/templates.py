"""The Jinja environment: everything that a template prints is inert in HTML and in Markdown."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from builder.names import inside
from builder.site import words
from builder.site.assets import SOURCES

_BETWEEN_LINES = re.compile(r"\s*\n\s*")


@cache
def environment() -> Environment:
    """Templates of `site_src/templates`, compiled once in a process."""
    made = Environment(
        loader=FileSystemLoader(SOURCES / "templates"),
        autoescape=True,
        finalize=words.inert,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        block=block,
        fixed=words.fixed,
        rho=words.rho,
        percent=words.percent,
        count=words.count,
        listed=words.listed,
        capital=words.capital,
        sentence=words.sentence,
        lower_first=inside,
    )
    made.globals.update(counted=words.counted)
    return made


def block(text: str) -> Markup:
    """HTML on one line of its own, which Markdown leaves alone."""
    return Markup("\n\n" + _BETWEEN_LINES.sub(" ", text.strip()) + "\n\n")  # noqa: S704 (a template's own)
