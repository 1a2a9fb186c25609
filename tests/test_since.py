"""What has become of a ranking: links to the snapshot before, and what the newest says at run time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, Visit
from playwright.sync_api import Page, expect
from scipy.stats import rankdata

from builder.site.lineage import link_predecessors
from builder.site.swap import FrontEntry, Manifest

STUDY = "simulated-alignment"
SNAPSHOTS = sorted(path.name for path in (ROOT / "data" / "snapshots" / STUDY).glob("*"))
PAGE = "<html><head><title>t</title></head><body></head></body></html>"


def entry(snapshot: str) -> FrontEntry:
    return FrontEntry(
        study="s", study_title="", summary="", simulated=False, models_are="models", snapshot=snapshot,
        snapshot_title="", date=snapshot, position=0, n_models=1, n_metrics=1, n_views=1, selection_title="",
        n_complete=1, n_selected=1, mean_rho=None, figure="", figure_title="", digest="",
    )  # fmt: skip


def test_a_page_names_the_same_page_of_the_snapshot_before_if_it_is_there(tmp_path: Path) -> None:
    pages = {
        "2024-01-01": ["", "view/a/complete/z-mean"],
        "2024-02-01": ["", "view/a/complete/z-mean", "view/a/zero/z-mean", "methods"],
        "2024-03-01": ["", "view/a/zero/z-mean"],
    }
    for snapshot, addresses in pages.items():
        for address in addresses:
            folder = tmp_path / "s" / "v" / snapshot / address
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "index.html").write_text(PAGE, encoding="utf-8")
    manifest = Manifest().with_entries(entry(snapshot) for snapshot in pages)
    link_predecessors(tmp_path, manifest, [entry("2024-02-01")])

    def link(snapshot: str, address: str) -> str:
        text = (tmp_path / "s" / "v" / snapshot / address / "index.html").read_text(encoding="utf-8")
        found = re.findall(r'<link rel="predecessor-version" href="([^"]*)">\n</head>', text)
        assert len(found) <= 1
        assert re.sub(r"<link[^>]*>\n", "", text) == PAGE
        return found[0] if found else ""

    assert link("2024-02-01", "") == "../2024-01-01/"
    view = tmp_path / "s" / "v" / "2024-02-01" / "view/a/complete/z-mean"
    at = link("2024-02-01", "view/a/complete/z-mean")
    assert (view / at / "index.html").resolve() == (
        tmp_path / "s" / "v" / "2024-01-01" / "view/a/complete/z-mean" / "index.html"
    ).resolve()
    assert link("2024-02-01", "view/a/zero/z-mean") == "", "the snapshot before has no such ranking"
    assert link("2024-02-01", "methods") == ""
    assert link("2024-03-01", "") == "", "it was built before and stays as it is"
    assert link("2024-01-01", "") == ""


@pytest.mark.browser
def test_an_older_ranking_says_what_the_newest_says(visit: Visit) -> None:
    old, newest = SNAPSHOTS[-2:]
    view = "view/neural-and-behavior/complete/arithmetic-mean"
    page = visit.go(f"{STUDY}/v/{old}/{view}/")
    said = page.locator("[data-since]")
    expect(said).to_be_visible()
    then, now = (
        json.loads(page.request.get(f"{visit.address}/{STUDY}/v/{snapshot}/api/{view}.json").text())
        for snapshot in (old, newest)
    )
    at = {name: then["columns"].index(name) for name in ("model_id", "place")}
    places = [{row[at["model_id"]]: row[at["place"]] for row in one["ranking"]} for one in (then, now)]
    both = places[0].keys() & places[1].keys()
    # Places among those in both, by SciPy.
    order = sorted(both)
    then_rank, now_rank = (rankdata([one[model] for model in order], method="min") for one in places)
    moves = [int(step) for step in abs(then_rank - now_rank)]
    expect(said).to_contain_text(f"Since then, in {newest}")
    expect(said).to_contain_text(
        f"Of the {len(both)} simulated models in both, {sum(move > 0 for move in moves)} have another place "
        f"among these, {sum(move > 10 for move in moves)} by more than 10."
    )
    expect(said).to_contain_text(f"{len(places[1]) - len(both)} simulated models are new there")
    rows = said.locator("tbody tr")
    assert int(re.sub(r"\D", "", rows.first.locator("td").last.inner_text())) == max(moves)
    said.get_by_role("link", name=f"This ranking in {newest}").click()
    page.wait_for_load_state("networkidle")
    assert page.url.endswith(f"/{newest}/{view}/")
    assert page.locator("link[rel=predecessor-version]").get_attribute("href") == (
        f"../../../../../{SNAPSHOTS[-2]}/{view}/"
    )
    expect(page.locator("[data-since]")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("status", [200, 404, 503])
def test_only_where_the_newest_has_no_such_ranking_it_says_so(bench: tuple[Path, Page], status: int) -> None:
    """What comes in place of a document, or of a host that is down, says nothing of the ranking."""
    folder, page = bench
    view = {"columns": [], "ranking": [], "digest": "x", "n_models": 0, "n_metrics": 0}
    (folder / "v" / "old" / "api").mkdir(parents=True, exist_ok=True)
    (folder / "v" / "versions.json").write_text('[{"version": "new"}, {"version": "old"}]')
    (folder / "v" / "old" / "api" / "all.json").write_text(json.dumps(view))
    page.route("**/v/new/api/all.json", lambda route: route.fulfill(status=status, body="not JSON"))
    script = """async () => {
      const { since } = await import("/since.js"), root = document.createElement("section");
      Object.assign(root.dataset, { root: "/v/old/", snapshot: "old", view: "all" });
      root.hidden = true;
      const failed = await since(root).then(() => false, () => true);
      return [failed, root.hidden, root.textContent];
    }"""
    found = page.evaluate(script)
    page.unroute("**/v/new/api/all.json")
    if status == 404:
        assert found == [
            False,
            False,
            "Since then, in newThe newest snapshot has no such ranking. Its rankings",
        ]
    else:
        assert found == [True, True, ""]
