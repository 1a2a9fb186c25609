"""Parts of the site's making: tables, templates, raw HTML, navigation, swap."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from markdown import markdown
from projects import book_of, contents
from samples import Cells, make_snapshot

from builder.analysis import analyse
from builder.catalog.study import Study
from builder.database import file_rows
from builder.errors import BuildError
from builder.site import contents as site_contents
from builder.site import swap
from builder.site.assets import asset_paths, write_shared_assets
from builder.site.book import Book
from builder.site.downloads import write_tables
from builder.site.explorer import explorer_document, explorer_query
from builder.site.pages import PAGES, all_pages, navigation
from builder.site.rawhtml import RawHtml
from builder.site.release import without_indents
from builder.site.render import page_text
from builder.site.tables import Column, Table, number_cells, text_cells
from builder.site.templates import environment
from builder.stats.schemes import SCHEMES


@pytest.fixture(scope="module")
def book(study: Study) -> Book:
    return book_of(study, names=["same", "same", "gamma", "delta", "epsilon", "zeta"])


def test_the_parquet_of_all_rankings_says_what_each_csv_says(book: Book, tmp_path: Path) -> None:
    write_tables(book, tmp_path)
    columns, rows = file_rows("parquet_rows", tmp_path / "rankings" / "rankings.parquet")
    assert columns[:6] == ["selection", "policy", "scheme", "place", "model_id", "value"]
    for view in book.results.views:
        with (tmp_path / view.address / "ranking.csv").open(encoding="utf-8", newline="") as file:
            head, *said = csv.reader(file)
        mine = [row[3:] for row in rows if row[:3] == (view.selection, view.policy, view.scheme)]
        assert columns[3:] == head
        alone = file_rows("parquet_rows", tmp_path / view.address / "ranking.parquet")
        assert alone == (head, [tuple(row) for row in mine])
        assert [(str(r[0]), r[1], r[2]) for r in mine] == [(p, m, float(v)) for p, m, v, *_ in said]
        low = head.index("low")
        assert ["" if r[low] is None else str(r[low]) for r in mine] == [row[low] for row in said]
        if (above := view.certainty.above) is not None:
            told = pd.read_csv(tmp_path / view.address / "above.csv").set_index("model_id")
            assert list(told.index) == list(told.columns) == [row[1] for row in said][: len(above)]
            np.testing.assert_allclose(told.to_numpy(dtype=float), above, atol=1e-11)


def test_a_table_is_one_line_of_html_with_heads_and_scopes() -> None:
    columns = [Column("Name <b>", text_cells(["a|b", "<i>"]), header=True),
               Column("ρ", number_cells([0.5, float("nan")]), "num", keys=[0.5, "nan"])]  # fmt: skip
    made = str(Table('Two "rows"', columns).html())
    assert "\n" not in made
    root = ET.fromstring(made.replace(" data-sort", "").replace(" data-search-exclude", ""))
    assert [cell.get("scope") for cell in root.iter("th")] == ["col", "col", "row", "row"]
    assert root.find(".//caption").text == 'Two "rows"'
    assert [cell.text for cell in root.iter("td")] == ["0.500", "–"]
    assert [cell.get("data-v") for cell in root.iter("td")] == ["0.5", "nan"]


def test_a_key_stands_only_where_the_cell_does_not_begin_with_it() -> None:
    """What `keyOf` of tables.js takes from the text needs no key."""
    cells = ["1=", "2–5", "10\u202f000", "0.50", "0.5", "–", "3 %", "<b>4</b>", "7"]
    keys: list[object] = [1, 2, 10000, 0.5, 0.5, "nan", 0.03, 4, 8]
    made = str(Table("t", [Column("n", cells, "num", keys=keys)]).html())
    root = ET.fromstring(made.replace(" data-sort", "").replace(" data-search-exclude", ""))
    found = [cell.get("data-v") for cell in root.iter("td")]
    assert found == [None, None, "10000", "0.5", None, "nan", "0.03", "4", "8"]
    words = str(Table("t", [Column("n", ["1"], "text", keys=[1])]).html())
    assert 'data-v="1"' in words


def test_a_page_lists_a_long_ranking_s_first_and_says_where_all_are(
    study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two that share a place are marked so, though the page lists but the first of them."""
    cells: Cells = {"a": (0.9,) * 4, "b": (0.7,) * 4, "c": (0.7,) * 4, "d": (0.1,) * 4}
    book = book_of(study, cells)
    (page,) = [page for page in all_pages(book) if page.address == "view/everything/complete/arithmetic-mean"]

    def rows(text: str) -> list[str]:
        found = re.search(r'<table class="ab-table ab-ranking".*?</table>', text)
        assert found
        table = ET.fromstring(found.group().replace(" data-sort", ""))
        return ["".join(row[0].itertext()) for row in table.iter("tr")][1:]

    whole = page_text(page, book, {})
    assert rows(whole) == ["1", "2=", "2=", "4"]
    assert "are listed" not in whole
    monkeypatch.setattr(site_contents, "MOST_ROWS", 2)
    cut = page_text(page, book, {})
    assert rows(cut) == ["1", "2="]
    assert "The first 2 of 4 are listed. All are in the files below." in cut
    write_tables(book, tmp_path)
    with (tmp_path / page.address / "ranking.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 5


@pytest.mark.parametrize(("n", "parts"), [(60, [60]), (61, [30, 30, 1])])
def test_a_long_table_stands_in_parts_on_widths_known_beforehand(n: int, parts: list[int]) -> None:
    columns = [
        Column("Model", ["<a href='x'>Two &amp; words</a>"] + ["x"] * (n - 1), "name", header=True),
        Column("", ["<i></i>"] * n, "bar"),
        Column("Best to worst", ["1–9.5"] * n, "num spare"),
    ]
    made = str(Table("x", columns, row_classes=["", "ab-first"] + [""] * (n - 2)).html())
    bodies = re.findall(r"<tbody[^>]*>(.*?)</tbody>", made)
    assert [body.count("<tr") for body in bodies] == parts
    assert bodies[0].count('<tr class="ab-first">') == 1
    style = re.search(r'class="ab-scroll ab-long" style="([^"]*)"', made)
    if len(parts) == 1:
        assert style is None
        return
    assert style is not None
    # Eleven signs, two of them slim; no tag counts, an entity as what it shows. The longest word of a head,
    # nine tenths of a digit a letter, may not be wider than its column; its whole has room for an arrow.
    # Room for rows of a line of 1.53 rem, and 0.9 more for each line more, of which none here has one.
    assert re.findall(r'<tbody style="--h:([\d.]+)rem">', made) == ["45.9", "45.9", "1.53"]
    name = "minmax(min(9rem,calc(10ch + .95rem)),min({}rem,calc(10ch + .95rem)))"
    ranks = "minmax(calc(4.5ch + .95rem),calc(11.9ch + .95rem))"
    assert style[1] == (f"--wide:{name.format(22)} minmax(5.9rem,7.4rem) {ranks};--narrow:{name.format(12)}")


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        Table("x", [Column("a", ["1"]), Column("b", ["1", "2"])]).html()


@pytest.mark.parametrize(
    "text",
    [
        "<div class='x'><p>**no**</p></div>\n\nand *so*",
        "<p>a</p>\n\n<p>b</p>",
        "# H\n\n<figure><svg></svg></figure>\n",
        "<div>open\n\nand *on*</div>",
        "text <div>x</div>",
        "<ul><li>*a*</li></ul>\n\n- *b*\n",
    ],
)
def test_setting_html_aside_changes_no_page(text: str) -> None:
    aside, plain = (markdown(text, extensions=[*ours, "attr_list"]) for ours in ([RawHtml()], []))
    assert aside.replace("\n\n", "\n") == plain.replace("\n\n", "\n")


def test_models_of_one_name_are_told_apart_by_their_source_s_id(book: Book) -> None:
    assert "alpha" in book.model_cells["alpha"]
    assert "beta" in book.model_cells["beta"]
    assert book.model_cells["gamma"] == "gamma"


def test_every_page_kind_makes_pages_with_addresses_of_their_own(book: Book) -> None:
    pages = all_pages(book)
    addresses = [page.address for page in pages]
    assert len(set(addresses)) == len(addresses)
    # A study's first snapshot looks back on nothing.
    assert {page.kind.name for page in pages} == {kind.name for kind in PAGES} - {"history"}
    n_views = len(book.results.views)
    assert sum(address.startswith("view/") for address in addresses) == n_views > 0


def free(book: Book) -> Book:
    """The book of a study whose scores may be passed on."""
    terms = book.study.data.model_copy(update={"redistribute": True})
    file = book.study.file.model_copy(update={"data": terms})
    return dataclasses.replace(book, study=dataclasses.replace(book.study, file=file))


def test_views_lead_to_the_explorer_where_it_has_their_scheme(book: Book) -> None:
    """Of scores that may not be passed on it has ranks, and what takes no more."""
    for one, holds in ((book, "ranks"), (free(book), "scores")):
        led = {
            view.scheme: explorer_query(one, view)
            for view in one.results.views
            if (view.selection, view.policy) == ("everything", "complete")
        }
        without = {scheme for scheme, query in led.items() if not query}
        order = {scheme for scheme in led if SCHEMES[scheme].invariance == "order"}
        assert without == ({"kemeny", "bradley-terry"} | (set(led) - order if holds == "ranks" else set()))
        assert led["borda"] == "v=1&scheme=borda"
        assert ("scheme=" in led["mean-rank"]) == (holds == "scores")
    assert (
        explorer_query(free(book), book.views["everything", "zero", "arithmetic-mean"]) == "v=1&policy=zero"
    )


def test_the_explorer_of_ranks_has_no_score(book: Book) -> None:
    given = explorer_document(book, scores=False)
    scores = book.snapshot.scores.dropna(subset=["score"])
    for metric, column in zip(book.snapshot.tree.metrics, given["scores"], strict=True):
        mine = scores[scores["metric"] == metric.id].set_index("model")["score"]
        wanted = mine.rank(ascending=not metric.higher_is_better)
        found = dict(zip(given["models"]["id"], column, strict=True))
        assert {model: found[model] for model in mine.index} == wanted.to_dict()
        assert {found[model] for model in set(found) - set(mine.index)} <= {"failed", None}
    assert (given["holds"], given["baseline"]) == ("ranks", "mean-rank")
    assert given["default"] == {"selection": "everything", "policy": "complete", "scheme": "mean-rank"}
    assert [one["id"] for one in given["policies"]] == ["complete", "worst-rank", "partial-order"]
    assert not any(one["higher_is_better"] for one in given["metrics"])


def test_the_navigation_names_every_page_but_those_that_others_lead_to(book: Book) -> None:
    pages = all_pages(book)
    nav = json.dumps(navigation(pages))
    for page in pages:
        assert (f'"{page.file}"' in nav) == page.kind.in_nav, page.file
    assert {page.address.split("/")[0] for page in pages if not page.kind.in_nav} == {
        "compare",
        "pair",
        "view",
        "model",
        "metric",
    }


def test_every_template_is_used_and_every_used_one_is_there() -> None:
    used = {kind.template for kind in PAGES} | {"index.html", "404.html", "redirect.html"}
    used |= {"sources.html", "truth.html", "source.html"}
    there = {path.name for path in (ROOT / "site_src" / "templates").iterdir() if path.name[0] != "_"}
    assert used == there


def test_templates_make_outside_text_inert() -> None:
    made = environment().from_string("{{ text }}").render(text="<b> {{ x }} *a*")
    assert made == "&#60;b&#62; &#123;&#123; x &#125;&#125; &#42;a&#42;"


def test_a_name_that_a_template_does_not_get_is_an_error() -> None:
    with pytest.raises(Exception, match="'nothing' is undefined"):
        environment().from_string("{{ nothing }}").render()


def test_shared_assets_stand_under_their_hash_and_load_nothing_from_outside(tmp_path: Path) -> None:
    paths = write_shared_assets(tmp_path)
    assert paths == asset_paths()
    for path in (paths.css, paths.script, paths.icon, paths.redirect):
        assert (tmp_path / path).is_file()
    for name, data in contents(tmp_path / paths.directory).items():
        if name.endswith((".css", ".js")) and name != "vega.js":
            assert b"http://" not in data.replace(b"http://www.w3.org", b""), name
            assert b"https://" not in data, name


# The swap


def entry(study: str, snapshot: str, position: int) -> swap.FrontEntry:
    values: dict[str, object] = {
        field.name: {"str": "", "int": 0, "bool": False, "float | None": None}[str(field.type)]
        for field in dataclasses.fields(swap.FrontEntry)
    }
    values |= {"study": study, "snapshot": snapshot, "date": snapshot[:10], "position": position}
    return swap.FrontEntry(**values)  # type: ignore[arg-type]


def site(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text)
    swap.write_manifest(folder, swap.Manifest())
    return folder


def test_snapshots_are_newest_first_and_of_one_date_in_the_study_s_order() -> None:
    entries = [entry("s", "2025-05-07-early", 0), entry("s", "2025-05-07", 1), entry("s", "2024-01-01", 0)]
    manifest = swap.Manifest().with_entries(entries)
    assert [one.snapshot for one in manifest.entries] == ["2025-05-07", "2025-05-07-early", "2024-01-01"]
    again = manifest.with_entries([dataclasses.replace(entries[1], n_models=9)])
    assert [one.n_models for one in again.entries] == [9, 0, 0]


def test_a_manifest_survives_writing(tmp_path: Path) -> None:
    manifest = swap.Manifest().with_entries([entry("a", "2025-01-01", 0), entry("b", "2025-01-01", 0)])
    swap.write_manifest(tmp_path, manifest)
    assert swap.read_manifest(tmp_path) == manifest
    assert list(manifest.by_study()) == ["a", "b"]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": 99, "snapshots": []}', '{"format": 1, "snapshots": [{}]}']
)
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / swap.MARKER).write_text(text)
    with pytest.raises(BuildError, match=r"\.alignboard"):
        swap.read_manifest(tmp_path)


@pytest.mark.parametrize("exchange", [True, False])
def test_the_new_site_takes_the_old_one_s_place(
    tmp_path: Path, exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchange:
        monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    target, staging = site(tmp_path / "site", "old"), site(tmp_path / ".site.building-1", "new")
    (target / "gone.html").write_text("x")
    swap.swap(staging, target)
    assert (target / "index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert not (target / "gone.html").exists()


@pytest.mark.parametrize("links", [True, False])
def test_snapshots_are_taken_over_by_links_and_what_all_share_by_copies(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(swap.os, "link", refuse)
    target, staging = site(tmp_path / "site", "old"), tmp_path / "staging"
    for name in ("s/v/2025-01-01/page/index.html", f"{swap.SHARED}/0/style.css"):
        (target / name).parent.mkdir(parents=True)
        (target / name).write_text(name)
    swap.write_manifest(target, swap.Manifest((entry("s", "2025-01-01", 0), entry("s", "2024-01-01", 0))))
    staging.mkdir()
    kept = swap.adopt(target, staging)
    assert [one.snapshot for one in kept.entries] == ["2025-01-01"], "the other is not there"
    taken = contents(staging)
    assert taken == {name: data for name, data in contents(target).items() if name in taken}
    assert set(taken) == {"s/v/2025-01-01/page/index.html", f"{swap.SHARED}/0/style.css"}
    same = {name for name in taken if (target / name).samefile(staging / name)}
    assert same == ({"s/v/2025-01-01/page/index.html"} if links else set())


def test_a_site_that_a_kill_left_aside_comes_back(tmp_path: Path) -> None:
    site(tmp_path / ".site.old", "old")
    swap.recover(tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_text() == "old"
    site(tmp_path / ".site.old", "older")
    swap.recover(tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_text() == "old"
    assert not (tmp_path / ".site.old").exists()


def test_links_files_and_foreign_directories_are_no_targets(tmp_path: Path) -> None:
    real = site(tmp_path / "real", "x")
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("x")
    for name, said in (
        ("link", "symbolic link"),
        ("file", "is a file"),
        ("full", "not a site of alignboard"),
    ):
        with pytest.raises(BuildError, match=said):
            swap.check_target(tmp_path / name)
    (tmp_path / "empty").mkdir()
    for name in ("empty", "absent", "real"):
        swap.check_target(tmp_path / name)


def test_a_published_value_that_we_have_none_for_has_no_difference_in_the_csv(
    study: Study, tmp_path: Path
) -> None:
    # By hand: alpha's neural mean is ((0.9 + 0.8) / 2 + 0.5) / 2 = 0.675; zeta was never run.
    snapshot = make_snapshot(published=[("alpha", "neural", 0.675), ("zeta", "neural", 0.0)])
    write_tables(Book(study, snapshot, analyse(study, snapshot)), tmp_path)
    lines = (tmp_path / "data" / "check.csv").read_text().splitlines()
    assert lines[:2] == [
        "group,policy,n_models,n_equal,n_same,largest,worst_model,n_gaps,n_silent,n_silent_scored,"
        "decimals,score_decimals",
        "neural,zero,2,1,1,,zeta,1,4,4,3,1",
    ]


def test_pages_lose_indents_and_blank_lines_but_no_line_of_theirs() -> None:
    page = b"<p>\n   one  \n\n \t\n two</p>\n<pre>a&#10;  b</pre>\n"
    assert without_indents(page) == b"<p>\none\ntwo</p>\n<pre>a&#10;  b</pre>\n"
    for kept in (
        b"<pre><code>a\n  b</code></pre>\n\n",
        b"<pre tabindex=0>\n  b</pre>\n\n",
        b"<textarea>\n  a</textarea>",
    ):
        assert without_indents(kept) == kept
