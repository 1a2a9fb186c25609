"""Whether a ranking is the one that was cited: its digest from the first three columns of its CSV."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from builder.catalog.download import Part, Settings, download
from builder.errors import DataError, Problem, SourceError
from builder.views import IDENTITY

RANKING, CITATION = "ranking.csv", "cite.json"
CITED = re.compile(rb"SHA-256 of the ranking: ([0-9a-f]{64})")
SHA256 = re.compile(r"[0-9a-f]{64}")
WEB = ("https://", "http://")
LIMITS = Settings(whole_timeout=120.0, retries=2, most_bytes=256 * 1024 * 1024)

Read = Callable[[str], bytes]


@dataclass(frozen=True)
class Verified:
    """A ranking that is the cited one."""

    where: str
    digest: str
    n_models: int


def verify(place: str, digest: str = "") -> Verified:
    """The ranking at `place`, held against `digest` or, without one, against the citation beside it.

    `place` is the address of a view's page or of its CSV, its folder in a built site, or a CSV file. Raises
    DataError where it is no ranking or not the cited one, SourceError where an address cannot be had.
    """
    wanted = digest.strip().lower()
    if wanted and not SHA256.fullmatch(wanted):
        raise DataError(Problem("--digest", f"is '{digest}', not 64 hexadecimal digits."))
    ranking, citation, read = _files(place)
    found, n_models = ranking_file_digest(read(ranking), ranking)
    if not wanted:
        said = CITED.search(read(citation))
        if said is None:
            what = "names no digest of a ranking."
            raise DataError(Problem(citation, what, "Give the one that was cited with --digest."))
        wanted = said[1].decode()
    if found != wanted:
        raise DataError(
            Problem(
                ranking,
                f"is not the cited ranking: its SHA-256 is {found}, cited is {wanted}.",
                "Whoever publishes it can say what was corrected; a frozen view never changes.",
            )
        )
    return Verified(ranking, found, n_models)


def ranking_file_digest(content: bytes, where: str) -> tuple[str, int]:
    """SHA-256 of the first three columns of a view's CSV, and its number of models.

    As `cut -d, -f1-3 ranking.csv | sha256sum` computes it. Raises DataError for another kind of file.
    """
    head = ",".join(IDENTITY).encode()
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    columns = [b",".join(line.split(b",", 3)[:3]) for line in lines]
    if columns[0] != head:
        what = f"does not begin with the columns {', '.join(IDENTITY)}, so it is no ranking of a view."
        raise DataError(Problem(where, what, f"Give a view's page, its folder or its {RANKING}."))
    return hashlib.sha256(b"\n".join([*columns, b""])).hexdigest(), len(columns) - 1


def _files(place: str) -> tuple[str, str, Read]:
    """The ranking, the citation beside it, and what reads them."""
    if place.startswith(WEB):
        page = re.split("[?#]", place, maxsplit=1)[0]
        folder = page.removesuffix(RANKING).removesuffix("index.html").rstrip("/") + "/"
        return folder + RANKING, folder + CITATION, _fetched
    path = Path(place)
    file = path / RANKING if path.is_dir() else path.with_name(RANKING) if path.name == "index.html" else path
    return str(file), str(file.with_name(CITATION)), _read


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        remedy = (
            "Give the digest with --digest." if name.endswith(CITATION) else "Give a view's folder or CSV."
        )
        raise DataError(Problem(name, f"cannot be read: {error.strerror}.", remedy)) from None


def _fetched(url: str) -> bytes:
    with tempfile.TemporaryFile() as file:
        try:
            download(url, Part(Path(url), file), LIMITS, lambda *_: None, {})
        except SourceError as error:
            raise SourceError(Problem(one.where, one.what) for one in error.problems) from None
        file.seek(0)
        return file.read()
