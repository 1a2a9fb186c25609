"""Words and numbers as pages show them; and outside text made inert for HTML and Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from markupsafe import Markup

MINUS, THIN, NARROW = "\N{MINUS SIGN}", "\N{THIN SPACE}", "\N{NARROW NO-BREAK SPACE}"
DASH = "\N{EN DASH}"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]+")
_ACTIVE = {ord(c): f"&#{ord(c)};" for c in "<>\"'\\`*_{}[]()#!|~^$\t"}
_ACTIVE_IN_TEXT = {ord("&"): "&amp;", ord("\n"): " ", **_ACTIVE}
_PRINTED = {ord(c): f"&#{ord(c)};" for c in "&<>\"'{}"}
_LONG = re.compile(r"[^\s-]{17}")
_SEAM = re.compile(r"(?<=[^\W_]{3}[_/.:+@])(?=[^\W_]{3})")
_PLAIN = re.compile(r"[\w \u00a0\u2009\u202f,;]*", re.ASCII)


def inert(value: object) -> Markup:
    """The value as text that neither HTML nor Markdown acts on: every active sign as a character reference.

    Markup passes unchanged. Control characters, which no page may hold, become spaces.
    """
    if isinstance(value, Markup):
        return value
    text = "" if value is None else str(value)
    if _PLAIN.fullmatch(text) and "_" not in text:
        return Markup(text)  # noqa: S704 (letters, digits, spaces, commas)
    return Markup(printable(text).translate(_ACTIVE_IN_TEXT))  # noqa: S704 (just escaped)


def breakable(name: str) -> Markup:
    """The name, inert, with places to break after signs within words too long for a phone's column."""
    if not _LONG.search(name):
        return inert(name)
    return Markup("<wbr>").join(inert(part) for part in _SEAM.split(name))


def printable(text: str) -> str:
    """The text with a space for what neither HTML nor XML may hold."""
    return _UNPRINTABLE.sub(" ", text)


def attribute(text: str) -> str:
    """Outside text for mkdocs settings and front matter, which Material prints unescaped into HTML."""
    clean = " ".join(printable(text).split())
    return clean.translate(_PRINTED)


def fixed(value: float, digits: int = 2) -> str:
    """A number with that many decimals and a true minus sign; a dash for NaN. Never "−0.00"."""
    if value is None or not math.isfinite(value):
        return DASH
    text = f"{abs(value):.{digits}f}"
    return MINUS + text if value < 0 and float(text) != 0 else text


def rho(value: float) -> str:
    """A correlation with two decimals, with more where two would make it 1 or −1 and it is not."""
    for digits in (2, 3, 4):
        if abs(round(value, digits)) != 1 or abs(value) == 1:
            return fixed(value, digits)
    return f"{'under ' if value < 0 else 'over '}{fixed(math.copysign(0.9999, value), 4)}"


def signed(value: float, digits: int = 2) -> str:
    """As `fixed`, with a plus sign before what is above zero."""
    text = fixed(value, digits)
    return "+" + text if value > 0 and float(f"{value:.{digits}f}") != 0 else text


def percent(share: float) -> str:
    """A share of 1 as whole percent; what is not 0 or 1 never reads as 0 % or 100 %."""
    if not math.isfinite(share):
        return DASH
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return f"under 1{NARROW}%"
    if whole == 100 and share < 1 - 1e-9:
        return f"over 99{NARROW}%"
    return f"{whole}{NARROW}%"


def count(number: int) -> str:
    """A whole number, in groups of three from 10 000."""
    number = int(number)
    return f"{number:,}".replace(",", NARROW) if abs(number) >= 10_000 else str(number)


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 metric`, `50 metrics`."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def sentence(text: str) -> str:
    """The text with a full stop, where it ends without one."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def decimals_for(values: Sequence[float]) -> int:
    """Decimals at which a column of values keeps three or four significant digits and stays aligned.

    None where all are whole: places and counts have no decimals.
    """
    known = [abs(v) for v in values if math.isfinite(v)]
    if known and all(v == round(v) for v in known):
        return 0
    largest = max(known, default=0.0)
    if largest >= 100:
        return 1
    return 2 if largest >= 10 else 3
