"""A project with two frozen snapshots and a third that is published, which several test files use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from projects import build_project, contents, library, make_project
from samples import make_snapshot

from builder.catalog.package import write_snapshot
from builder.releases.freeze import freeze
from builder.site.swap import Manifest, write_manifest

STUDY = """
id = "tiny"
title = "Tiny"
summary = "Three models made by hand."
tree = ["m"]
higher_is_better = true
doi = "10.5281/zenodo.100"
[dois]
"2024-11-30" = "10.5281/zenodo.101"
[selections.everything]
title = "Everything"
[default_view]
selection = "everything"
[data]
source = "hand"
licence = "CC0-1.0"
attribution = "nobody"
redistribute = true
"""
CELLS = {"alpha": (0.5,), "beta": (0.25,), "gamma": (0.125,)}
FIRST, SECOND, THIRD = "2024-11-30", "2024-12-31", "2024-12-31.1"
NOTE = "Scores of beta and <gamma> were swapped"
VIEW = f"tiny/v/{FIRST}/view/everything/complete/arithmetic-mean/"


@dataclass(frozen=True)
class Published:
    """A project with two frozen snapshots, and a site that has a third."""

    root: Path

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def releases(self) -> Path:
        return self.root / "releases"


def place_for_a_site(site: Path) -> Path:
    """An empty site that has the page of simulations, which a build of a study then keeps."""
    (site / "truth").mkdir(parents=True)
    text = '<!doctype html><title>Truth</title><a href="../">All</a>'
    (site / "truth" / "index.html").write_text(text, encoding="utf-8")
    write_manifest(site, Manifest())
    return site


def publish(folder: Path) -> None:
    """A project with two snapshots frozen, and a site with a third, which corrects the second."""
    root = make_project(folder, CELLS, study=STUDY, dates=(FIRST, SECOND))
    made = Published(root)
    build_project(root, place_for_a_site(made.site), study="tiny")
    frozen = contents(made.site / "tiny" / "v")
    for snapshot in (FIRST, SECOND):
        freeze(root, made.site, snapshot, "", made.releases)
    study = library(root).study("tiny")
    swapped = {**CELLS, "beta": CELLS["gamma"], "gamma": CELLS["beta"]}
    third = replace(make_snapshot(swapped, study.tree, snapshot=THIRD), corrects=SECOND, note=NOTE)
    write_snapshot(third, root / "data" / "snapshots" / "tiny" / THIRD, study)
    summary = build_project(root, made.site, study="tiny", releases=made.releases)
    assert [line.snapshot for line in summary.built] == [THIRD]
    assert [one.name for one in summary.restored] == [("tiny", FIRST), ("tiny", SECOND)]
    now = contents(made.site / "tiny" / "v")
    assert {name: now[name] for name in frozen if name != "versions.json"} == {
        name: data for name, data in frozen.items() if name != "versions.json"
    }


def spoil(path: Path, old: bytes = b"", new: bytes = b"") -> None:
    """Replace some bytes, or change the last but one."""
    content = path.read_bytes()
    if old:
        assert old in content, path
        path.write_bytes(content.replace(old, new, 1))
    else:
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
