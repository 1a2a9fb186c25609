"""What the files of a built site say of each other; what a study gives away, and what it cannot have."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from projects import Page, build_project, contents, make_project
from samples import LEAN, pinned_at

from builder import making
from builder.errors import SourceError
from builder.sitecheck.inventory import open_site
from builder.sitecheck.listings import listing_problems
from builder.summary import Summary

HERE = "tiny/v/2025-01-31"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """What a build did of a study that may be passed on, at an address, with a source that nobody has."""
    free = LEAN.replace("[data]", "[data]\nredistribute = true") + pinned_at("2025-02-28")
    root = make_project(tmp_path_factory.mktemp("given"), study=free)
    return build_project(root, root / "site", site_url="https://example.org/boards/")


def test_the_digest_on_a_view_is_that_of_its_csv(site: Path) -> None:
    folder = site / HERE / "view/everything/complete/z-mean"
    shown = Page.read(folder / "index.html").text
    said = subprocess.run(
        ["bash", "-c", "cut -d, -f1-3 ranking.csv | sha256sum"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    digest = said.stdout.split()[0]
    assert digest in shown
    api = json.loads((site / HERE / "api/view/everything/complete/z-mean.json").read_text())
    assert api["digest"] == digest


def test_a_table_page_csv_and_api_say_the_same(site: Path) -> None:
    api = json.loads((site / HERE / "api/view/everything/complete/arithmetic-mean.json").read_text())
    lines = (site / HERE / "view/everything/complete/arithmetic-mean/ranking.csv").read_text().splitlines()
    rows = [line.split(",")[:3] for line in lines[1:]]
    known = [dict(zip(api["columns"], row, strict=True)) for row in api["ranking"]]
    assert rows == [[str(r["place"]), r["model_id"], str(r["value"])] for r in known]
    text = Page.read(site / HERE / "view/everything/complete/arithmetic-mean/index.html").text
    assert "0.750" in text  # beta: (0.7 + 0.8 + 0.6 + 0.9) / 4


def test_each_table_of_results_has_its_csv(site: Path) -> None:
    looked_at = 0
    for page in (site / HERE).rglob("index.html"):
        where = page.parent.relative_to(site / HERE).as_posix()
        if where == "methods":  # its tables are texts
            continue
        for section in re.split("<h[12]", page.read_text(encoding="utf-8"))[1:]:
            if "<table" in section and "SHA-256" not in section:
                looked_at += 1
                links = re.findall(r'href="([^"]+\.csv)"', section)
                assert links, (where, section[:80])
                for link in links:
                    assert (page.parent / link).is_file(), (where, link)
    assert looked_at > 20


def test_the_index_lists_every_file_with_its_hash(site: Path) -> None:
    folder = site / HERE / "api"
    index = json.loads((folder / "index.json").read_text())
    listed = {entry["path"]: entry["sha256"] for entry in index["files"]}
    there = {p for p in contents(folder) if p != "index.json" and not p.startswith("schemas/")}
    assert set(listed) == there
    for path, sha256 in listed.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == sha256


def described_files(folder: Path) -> set[str]:
    """Files that croissant.json describes; fails where one is not there, or has other columns."""
    found = json.loads((folder / "croissant.json").read_text())
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    files = {one["@id"]: one for one in found["distribution"]}
    for one in files.values():
        content = (folder / one["contentUrl"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
    records = {one["name"]: one["field"] for one in found["recordSet"]}
    for field in (field for fields in records.values() for field in fields):
        assert field["source"]["fileObject"]["@id"] in files
    tables = sorted((folder / "data").glob("*.csv"))
    assert [path.stem for path in tables] == sorted(set(records) - {"rankings"})
    for path in tables:
        head = path.read_text().split("\n")[0]
        assert ",".join(field["source"]["extract"]["column"] for field in records[path.stem]) == head
    kinds = {field["name"]: field["dataType"] for field in records["rankings"]}
    assert (kinds["model_id"], kinds["place"], kinds["value"]) == ("sc:Text", "sc:Integer", "sc:Float")
    return {one["contentUrl"] for one in files.values()}


def test_a_study_without_leave_to_redistribute_gives_no_scores_away(site: Path, given: Summary) -> None:
    assert not (site / HERE / "data/scores.csv").exists()
    package = given.target / HERE / "data"
    assert sorted(p.name for p in package.iterdir()) == [
        "datapackage.json", "index.html", "metrics.csv", "models.csv", "rankings.sql", "scores.csv",
    ]  # fmt: skip
    rankings = "rankings/rankings.parquet"
    assert described_files(site / HERE) == {rankings}
    tables = {f"data/{name}.csv" for name in ("metrics", "models", "scores")}
    assert described_files(given.target / HERE) == {rankings, *tables}
    kept, passed_on = (
        json.loads((one / HERE / "api/explorer.json").read_text()) for one in (site, given.target)
    )
    assert (kept["holds"], passed_on["holds"]) == ("ranks", "scores")
    n = len(kept["models"]["id"])
    assert {float(cell) % 0.5 for column in kept["scores"] for cell in column if isinstance(cell, float)} == {
        0
    }
    assert all(1 <= cell <= n for column in kept["scores"] for cell in column if isinstance(cell, float))


def test_search_engines_find_every_snapshot_s_pages_from_the_root(given: Summary, site: Path) -> None:
    """Each address of the index and of the sitemaps below it is a page; none is left out."""
    base, root = "https://example.org/boards/", given.target
    assert f"Sitemap: {base}sitemap.xml\n" in (root / "robots.txt").read_text()

    def listed(file: Path) -> list[str]:
        found = re.findall(r"<loc>([^<]*)</loc>", file.read_text())
        assert found
        assert all(address.startswith(base) for address in found)
        return [address.removeprefix(base) for address in found]

    below = listed(root / "sitemap.xml")
    assert below == ["sitemap-pages.xml", f"{HERE}/sitemap.xml"]
    pages = [page for one in below for page in listed(root / one)]
    there = {page.parent.relative_to(root).as_posix() for page in root.rglob("index.html")}
    redirects = {page for page in there if page == "tiny" or page.startswith("tiny/latest")}
    assert {page.rstrip("/") or "." for page in pages} == there - redirects
    assert not (site / "sitemap.xml").exists(), "without an address there is nothing to list"


@pytest.mark.parametrize("name", ["sitemap.xml", "sitemap-pages.xml"])
def test_a_sitemap_that_leads_astray_is_told(given: Summary, tmp_path: Path, name: str) -> None:
    root = Path(shutil.copytree(given.target, tmp_path / "site"))
    assert not [one for one in listing_problems(open_site(root)) if name in str(one)]
    text = (root / name).read_text()
    (root / name).write_text(text.replace("/sources/mteb/", "/sources/other/").replace("/v/2025", "/v/2024"))
    (told,) = [one for one in listing_problems(open_site(root)) if name in str(one)]
    assert "does not list what the site has" in str(told)
    (root / name).unlink()
    assert [one for one in listing_problems(open_site(root)) if name in str(one)]


def test_an_address_is_carried_into_canonical_links(given: Summary) -> None:
    page = (given.target / HERE / "methods/index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/boards/tiny/v/2025-01-31/methods/">' in page


def test_a_source_that_cannot_be_had_is_skipped_and_named(given: Summary) -> None:
    assert [line.snapshot for line in given.built] == ["2025-01-31"]
    assert [line.snapshot for line in given.skipped] == ["2025-02-28"]
    assert "https://example.org/a.csv" in given.skipped[0].why


def test_a_required_source_that_cannot_be_had_leaves_the_old_site_as_it_was(
    given: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything made first."""
    before = contents(given.target)
    monkeypatch.setattr(making, "make", None)
    with pytest.raises(SourceError, match="tiny 2025-02-28"):
        build_project(
            given.target.parent, given.target, study="tiny", snapshot="2025-02-28", require=("tiny",)
        )
    assert contents(given.target) == before
