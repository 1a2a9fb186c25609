"""Two metrics, model by model: numbers that the build and pandas give, and the ways to a pair."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from conftest import Visit, find_mirror
from kinds import BRAIN_SCORE, SELECTION, SIMULATED
from playwright.sync_api import Page, expect
from scipy.stats import spearmanr

from builder.site.words import rho

pytestmark = pytest.mark.browser
SNAPSHOTS = [SIMULATED] if find_mirror() is None else [SIMULATED, BRAIN_SCORE]
PLOT = ".ab-p__plot"


def pair(visit: Visit, snapshot: str = SIMULATED, query: str = "") -> Page:
    page = visit.go(f"{snapshot}/pair/{query}")
    page.wait_for_selector("[data-pair][data-drawn]")
    return page


def table(visit: Visit, path: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(visit.page.request.get(f"{visit.address}/{path}").text()))


@pytest.mark.parametrize("basis", ["complete", "pairwise"])
@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_each_pair_has_the_build_s_coefficient(visit: Visit, snapshot: str, basis: str) -> None:
    selection = SELECTION[snapshot]
    pairs = table(visit, f"{snapshot}/agreement/{selection}/pairs-{basis}.csv").dropna(subset=["spearman"])
    page = pair(visit, snapshot)
    assert len(pairs) > 1000
    found = page.evaluate(
        """async ([script, document_, pairs, among]) => {
          const { pointsOf, rhoOf } = await import(new URL("pair/points.js", script));
          const { fetchSnapshot } = await import(new URL("explorer/snapshot.js", script));
          const snapshot = await fetchSnapshot(document_);
          return pairs.map(pair => {
            const also = snapshot.given.selections.find(one => one.id === among)?.metrics;
            const points = pointsOf(snapshot, ...pair.map(metric => snapshot.metricAt.get(metric)), also);
            return [points.length, rhoOf(points)];
          });
        }""",
        [
            page.locator("script[type=module]").evaluate("one => one.src"),
            page.locator("[data-pair]").evaluate(
                "one => new URL(one.dataset.document, document.baseURI).href"
            ),
            pairs[["metric_a", "metric_b"]].to_numpy().tolist(),
            selection if basis == "complete" else "",
        ],
    )
    assert [n for n, _ in found] == pairs["n"].tolist()
    assert [value for _, value in found] == pytest.approx(pairs["spearman"].tolist(), abs=1e-9)


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_the_page_starts_with_the_pair_that_agrees_least(visit: Visit, snapshot: str) -> None:
    pairs = table(visit, f"{snapshot}/agreement/{SELECTION[snapshot]}/pairs-complete.csv")
    least = pairs.loc[pairs["spearman"].idxmin()]
    page = pair(visit, snapshot)
    title, sub = page.locator(".ab-p figcaption p").all_inner_texts()
    assert title.endswith(f"correlate at ρ = {rho(least['spearman'])}")
    assert f"over the {least['n']} " in sub
    assert "scored on these and on every metric of the selection" in sub
    assert ("at its scores" in sub) == (snapshot == SIMULATED)
    assert page.locator(f"{PLOT} .ab-p__points circle").count() == least["n"]


def test_ranks_distances_and_the_file_are_what_pandas_gives(visit: Visit, tmp_path: Path) -> None:
    scores = table(visit, f"{SIMULATED}/data/scores.csv")
    scored = scores[scores["state"] == "scored"]
    values = scored.pivot(index="model", columns="metric", values="score").rename_axis(index="model_id")
    x, y = "v1-fit", "accuracy-colour"
    both = values[[x, y]].dropna()
    ranks = both.rank(ascending=False)
    page = pair(visit, query=f"?v=1&x={x}&y={y}")
    assert (
        page.locator(".ab-p__title, .ab-figure__title")
        .first.inner_text()
        .endswith(f"ρ = {rho(spearmanr(both[x], both[y]).statistic)}")
    )
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    waiting.value.save_as(tmp_path / "pair.csv")
    written = pd.read_csv(tmp_path / "pair.csv").set_index("model_id").loc[both.index]
    pd.testing.assert_series_equal(written[x], both[x], check_names=False)
    pd.testing.assert_series_equal(written[f"rank_{x}"].astype(float), ranks[x], check_names=False)
    pd.testing.assert_series_equal(written[f"rank_{y}"].astype(float), ranks[y], check_names=False)
    apart = (ranks[x] - ranks[y]).abs().sort_values(ascending=False)
    shown = [row.locator("td").all_inner_texts() for row in page.locator("[data-pair] tbody tr").all()]
    assert [float(row[2]) for row in shown] == apart.head(10).tolist()
    assert all(abs(float(a) - float(b)) == float(c) for a, b, c in shown)


def test_a_pair_is_chosen_swapped_and_kept_in_the_address(visit: Visit) -> None:
    page = pair(visit)
    one, other = (page.get_by_label(label, exact=True) for label in ("Metric", "Other metric"))
    one.select_option("v1-fit")
    other.select_option("accuracy-colour")
    expect(page).to_have_url(re.compile(r"/pair/\?v=1&x=v1-fit&y=accuracy-colour&set=neural-and-behavior$"))
    page.get_by_label("Simulated models", exact=True).select_option("")
    expect(page).to_have_url(re.compile(r"/pair/\?v=1&x=v1-fit&y=accuracy-colour$"))
    title = page.locator(".ab-p .ab-figure__title")
    before = title.inner_text()
    page.get_by_role("button", name="Swap").click()
    expect(page).to_have_url(re.compile(r"x=accuracy-colour&y=v1-fit$"))
    assert title.inner_text().split("ρ")[1] == before.split("ρ")[1]
    page.go_back()
    expect(one).to_have_value("v1-fit")
    page.reload()
    expect(other).to_have_value("accuracy-colour")
    assert page.locator(".ab-p .ab-figure__title").inner_text() == before
    pair(visit, query="?v=2&x=nothing&y=%3Cb%3E&set=none")
    said = page.locator(".ab-x__notices").inner_text()
    for what in ("version 2", "no metric “nothing”", "no metric “<b>”", "no selection “none”"):
        assert what in said
    pair(visit, query="?v=1&x=v1-fit&y=v1-fit")
    expect(title).to_contain_text("agree at ρ = 1.00")


def test_a_point_is_named_and_followed(visit: Visit) -> None:
    page = pair(visit, query="?v=1&x=v1-fit&y=accuracy-colour")
    readout, plot = page.locator(".ab-x__readout"), page.locator(PLOT)
    expect(readout).to_have_text("Point at a simulated model, or walk over them with the arrow keys.")
    point = page.locator(f"{PLOT} .ab-p__points circle").first
    point.hover()
    first = json.loads(page.evaluate(
        "async () => (await fetch(document.querySelector('[data-pair]').dataset.document)).text()"
    ))["models"]["name"]  # fmt: skip
    named = readout.inner_text()
    assert named.split(":")[0] in first
    assert re.search(r": −?[\d.]+, rank [\d.]+ on .*; −?[\d.]+, rank [\d.]+ on ", named)
    plot.focus()
    plot.press("ArrowRight")
    walked = readout.inner_text()
    plot.press("ArrowRight")
    assert readout.inner_text() != walked
    name = readout.inner_text().split(":")[0]
    plot.press("Enter")
    page.wait_for_url("**/model/*/")
    expect(page.locator("h1")).to_contain_text(name)


@pytest.mark.parametrize("selection", ["neural-and-behavior", "behavior"])
def test_a_square_leads_to_its_pair(visit: Visit, selection: str) -> None:
    """With numbers in the squares (up to 25 metrics), and without."""
    page = visit.go(f"{SIMULATED}/agreement/{selection}/")
    said = page.locator("[data-squares]")
    metrics = json.loads(said.get_attribute("data-metrics") or "")
    cell = float(said.get_attribute("data-cell") or "")
    assert page.locator("svg.chart").first.locator("g[fill] text, text").count() > len(metrics)
    row, column = 7, 2

    def at(row: int, column: int) -> tuple[float, float]:
        x, y = page.locator(f"#fig-agreement-{selection} svg.chart").evaluate(
            """(svg, at) => {
              svg.scrollIntoView({ block: "center" });
              const way = svg.querySelector(":scope > g").getScreenCTM();
              const { x, y } = new DOMPoint(...at).matrixTransform(way);
              return [x, y];
            }""",
            [(column + 0.5) * cell, (row + 0.5) * cell],
        )
        return x, y

    page.mouse.click(*at(3, 3))
    page.mouse.click(*at(-2, 3))
    page.wait_for_timeout(200)
    assert "/agreement/" in page.url
    page.mouse.click(*at(row, column))
    page.wait_for_url(re.compile(rf"/pair/\?v=1&x={metrics[column]}&y={metrics[row]}&set={selection}$"))


def test_coefficients_lead_to_their_pairs(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/agreement/")
    link = page.locator("main table a[href*='pair/?']").first
    value = link.inner_text()
    link.click()
    page.wait_for_selector("[data-pair][data-drawn]")
    expect(page.locator(".ab-p .ab-figure__title")).to_contain_text(f"ρ = {value}")
    assert re.fullmatch("−?[01][.][0-9]+", value)
    page = visit.go(f"{SIMULATED}/metric/accuracy-colour/")
    page.locator("main table a[href*='pair/?']").first.click()
    page.wait_for_url("**/pair/?v=1&x=accuracy-colour&y=*")


def test_the_page_to_cite_from_has_the_citation_of_the_first_ranking_and_leads_to_it(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/cite/")
    said = [page.locator(".ab-cite > p").inner_text(), *page.locator(".ab-cite pre").all_text_contents()]
    files = [link.get_attribute("href") or "" for link in page.locator(".ab-cite a[download]").all()]
    for file in files:
        assert page.request.get(f"{visit.address}/{SIMULATED}/cite/{file}").ok
    digest = page.request.get(f"{visit.address}/{SIMULATED}/api/index.json").json()
    assert json.dumps(digest).count(re.search(r"SHA-256 of the ranking: ([0-9a-f]{64})", said[0])[1]) >= 1  # type: ignore[index]
    page.locator("main h2 + p a").first.click()
    page.wait_for_url("**/view/neural-and-behavior/complete/arithmetic-mean/")
    shown = [page.locator(".ab-cite > p").inner_text(), *page.locator(".ab-cite pre").all_text_contents()]
    assert shown == said
    assert len(said) == 4


@pytest.mark.usefixtures("mirror")
def test_the_page_to_cite_from_has_the_data_s_own_citations(visit: Visit) -> None:
    page = visit.go(f"{BRAIN_SCORE}/cite/")
    entries = page.locator(".ab-cite pre").last.text_content() or ""
    assert entries.count("@") == 2
    assert "Schrimpf" in entries
    assert page.locator("dl dd").nth(1).inner_text().startswith("Schrimpf")
