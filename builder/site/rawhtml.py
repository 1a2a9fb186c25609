"""A Python-Markdown extension that sets finished HTML aside before it is parsed.

A block on one line that opens and closes with the same block tag (`<div ...>...</div>`) is what Markdown
leaves as it is anyway; parsing a table of 455 rows to find that out takes 50 to 80 ms. Without this
extension pages come out the same, but for blank lines, only later.
"""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

_WHOLE_BLOCK = re.compile(r"<(div|figure|nav|section|aside|p|ul|ol|dl)[ >].*</\1>\s*")
BEFORE_HTML_PARSERS = 28
"""Python-Markdown's `html_block` runs at 20, mkdocs' search for anchors at 21, line ends at 30."""


class _SetAside(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        kept: list[str] = []
        last = len(lines) - 1
        for i, line in enumerate(lines):
            alone = (i == 0 or not lines[i - 1].strip()) and (i == last or not lines[i + 1].strip())
            if alone and line.startswith("<") and _WHOLE_BLOCK.fullmatch(line):
                kept.append(self.md.htmlStash.store(line.rstrip()))
            else:
                kept.append(line)
        return kept


class RawHtml(Extension):
    """Registers the preprocessor; mkdocs names it `builder.site.rawhtml`."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        md.preprocessors.register(_SetAside(md), "alignboard_raw_html", BEFORE_HTML_PARSERS)


def makeExtension(**_options: object) -> RawHtml:  # noqa: N802 (Python-Markdown's name)
    """What Python-Markdown calls."""
    return RawHtml()
