"""What all pages of all snapshots share: CSS, JavaScript modules and the Vega bundle, under one hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import rjsmin

from builder.charts import static

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "site_src"
SHARED = "assets/alignboard"
"""Below the site's root; each hash has its own directory there."""
VEGA_MODULE = "vega.js"
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; font-src 'self'; base-uri 'none'; form-action 'self'"
)
"""What pages may load and run: this host's files only, no script inside a page and no text made into code.
Styles may stand in a page, for figures and bars carry their sizes."""


@dataclass(frozen=True)
class AssetPaths:
    """Where the shared files stand, as a path below the site's root without slashes at the ends."""

    directory: str

    @property
    def css(self) -> str:
        return f"{self.directory}/alignboard.css"

    @property
    def script(self) -> str:
        return f"{self.directory}/alignboard.js"

    @property
    def policy(self) -> str:
        """The policy for content of every page."""
        return POLICY

    @property
    def icon(self) -> str:
        return f"{self.directory}/icon.svg"

    @property
    def redirect(self) -> str:
        return f"{self.directory}/redirect.js"


@cache
def _own_files() -> dict[str, bytes]:
    """Name -> content of our own files; the names of CSS and JavaScript live in one directory."""
    folders = (SOURCES / "assets" / "css", SOURCES / "assets" / "js", SOURCES / "assets" / "img")
    found: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            script = path.suffix == ".js"
            found[path.relative_to(folder).as_posix()] = minified(content) if script else content
    return found


def minified(script: bytes) -> bytes:
    """A module without what is for its writers: comments, types, spaces. No template may stand in another."""
    return str(rjsmin.jsmin(script.decode())).encode()


@cache
def asset_paths() -> AssetPaths:
    """The paths, known before anything is written: the bundle is told apart by its renderer's version."""
    digest = hashlib.sha256(version("vl-convert-python").encode())
    digest.update(static.EMBED.encode())
    for name, content in _own_files().items():
        digest.update(f"\n{name}\n".encode() + content)
    return AssetPaths(f"{SHARED}/{digest.hexdigest()[:12]}")


def write_shared_assets(target: Path) -> AssetPaths:
    """Write our own files below a site's root; what is there under another hash stays."""
    paths = asset_paths()
    directory = target / paths.directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in _own_files().items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(content)
    return paths


def write_bundle(target: Path, script: str) -> None:
    """Write the script that makes figures live beside the other shared files."""
    (target / asset_paths().directory / VEGA_MODULE).write_text(script, encoding="utf-8")


def read_bundle(target: Path) -> str:
    """The script that makes figures live, as it was written there."""
    return (target / asset_paths().directory / VEGA_MODULE).read_text(encoding="utf-8")
