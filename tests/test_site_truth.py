"""The page of what is simulated: its numbers are those of `recover`, its sentences follow from them."""

from __future__ import annotations

import csv
import dataclasses
import html
import math
import re
from pathlib import Path

import pytest
from projects import Page, build_project, make_project

from builder import making
from builder.catalog.library import Library, SnapshotRef
from builder.site import truth, truth_page
from builder.site.assets import asset_paths
from builder.site.swap import FrontEntry
from builder.site.truth import RUN_LESS, Findings, Measured, simulate
from builder.site.truth_page import write_truth_page
from builder.site.words import NARROW, fixed, inert
from builder.stats import recovery
from builder.stats.recovery import SETTINGS, Recovery, recover
from builder.stats.schemes import POLICIES, SCHEMES
from builder.summary import Built

DRAWS = 2
LOWEST = min(SETTINGS, key=lambda setting: setting.coverage)


@pytest.fixture(scope="module")
def found() -> Findings:
    return simulate(DRAWS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, found: Findings) -> Path:
    target = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truth_page, "simulate", lambda: found)
        write_truth_page(target, site_url="https://example.org/boards/")
    return target


def altered(found: Findings, change: dict[tuple[str, str], dict[str, float]]) -> Findings:
    """The findings with fields of some policies' and schemes' rows replaced in every setting."""
    return Findings(
        found.draws,
        tuple(
            Measured(
                one.setting,
                one.run_less,
                tuple(
                    dataclasses.replace(row, **change.get((row.policy, row.scheme), {}))  # type: ignore[arg-type]
                    for row in one.rows
                ),
            )
            for one in found.measured
        ),
    )


def row_of(rows: tuple[Recovery, ...], policy: str, scheme: str) -> Recovery:
    return next(row for row in rows if (row.policy, row.scheme) == (policy, scheme))


def test_every_setting_is_measured_and_other_models_are_run_less(found: Findings) -> None:
    assert [(one.setting, one.run_less) for one in found.measured] == [
        *((setting, "weak") for setting in SETTINGS), (LOWEST, "nobody"), (LOWEST, "strong"),
    ]  # fmt: skip
    for one in found.measured:
        if one.run_less == "weak" and one.setting in (SETTINGS[0], LOWEST):
            # As text, for NaN is unequal to itself.
            assert repr(one.rows) == repr(recover(one.setting, DRAWS, truth.SEED))
    weak, nobody, strong = (row_of(one.rows, "worst-rank", "mean-rank").spearman for one in found.by_run)
    assert weak > nobody > strong


def test_lines_begin_with_every_cell_scored(found: Findings) -> None:
    falling, growing = found.falling, found.growing
    assert falling[0].setting == growing[0].setting == recovery.FULL
    coverage = [setting.coverage for setting in SETTINGS if not setting.outliers]
    outliers = [setting.outliers for setting in SETTINGS if setting.coverage == 1]
    assert [one.setting.coverage for one in falling] == sorted(coverage, reverse=True)
    assert [one.setting.outliers for one in growing] == sorted(outliers)
    assert [one.run_less for one in found.by_run] == list(RUN_LESS)


def test_all_policies_say_the_same_where_every_cell_is_scored(found: Findings) -> None:
    for one in found.growing:
        by_scheme: dict[str, set[str]] = {}
        for row in one.rows:
            by_scheme.setdefault(row.scheme, set()).add(f"{row.spearman:.9f} {row.top:.9f}")
        assert [scheme for scheme, values in by_scheme.items() if len(values) > 1] == []


def test_tables_show_all_schemes_under_every_policy_that_takes_them(found: Findings) -> None:
    shown = {(one.policy, one.scheme) for one in found.series(found.falling)}
    assert shown == {(row.policy, row.scheme) for row in found.falling[0].rows}
    assert {scheme for _, scheme in shown} == set(SCHEMES)
    table = truth_page.coverage_table(found)
    assert table.count("<tr>") == 1 + len(shown)
    assert "data-sort" in table
    assert truth_page.outlier_table(found).count("<tr>") == 1 + len(SCHEMES)


def test_a_correlation_of_few_draws_is_a_dash_and_sorts_last(found: Findings) -> None:
    rare = altered(found, {("complete", "copeland"): {"correlated": 0, "spearman": math.nan}})
    one = next(s for s in rare.series(rare.falling) if (s.policy, s.scheme) == ("complete", "copeland"))
    assert all(math.isnan(value) for value in one.rho)
    assert not any(math.isnan(value) for value in one.top)
    rows = re.findall(r"<tr>.*?</tr>", truth_page.coverage_table(rare))
    dashed = [bool(re.search(r'data-v="nan">–', row)) for row in rows[1:]]
    assert any(dashed)
    last_rho = [re.findall(r'data-v="([^"]*)"', row)[len(rare.falling) - 1] for row in rows[1:]]
    keys = [-math.inf if key == "nan" else float(key) for key in last_rho]
    assert keys == sorted(keys, reverse=True)


def test_who_takes_few_leaderboards_has_dashes_and_is_named(found: Findings) -> None:
    """No scheme's scores of one leaderboard decide a mean that the text compares."""
    held = {("complete", "borda"): {"draws": 0, "top": 0.99, "ranked": 0.98}}
    rare = altered(found, held)
    one = next(s for s in rare.series(rare.falling) if (s.policy, s.scheme) == ("complete", "borda"))
    assert all(math.isnan(value) for value in (*one.top, *one.ranked))
    assert one.draws == (0,) * len(rare.falling)
    assert f"99{NARROW}%" not in " ".join(truth.coverage_sentences(rare))
    said = truth.partly_sentences(rare)
    assert sum(sentence.startswith("Borda count under “complete models” takes the scores of 0, ")
               for sentence in said) == 1  # fmt: skip
    for sentence in said:
        assert any(SCHEMES[row.scheme].title.lower() in sentence.lower()
                   for step in rare.falling for row in step.rows if row.draws < rare.draws)  # fmt: skip


def test_figures_name_the_best_of_each_policy_and_the_schemes_that_pages_compare(
    site: Path, found: Findings
) -> None:
    page = (site / "truth/index.html").read_text(encoding="utf-8")
    coverage, outliers = re.findall(r'<svg [^>]*class="chart".*?</svg>', page, re.S)
    assert 'aria-label="Correlation with the true order as coverage falls' in coverage
    ends: dict[str, float] = {}
    for one in found.series(found.falling):
        if not math.isnan(one.rho[-1]):
            ends[one.policy] = max(ends.get(one.policy, -1), one.rho[-1])
    for policy in ends:
        assert POLICIES[policy].title in coverage
    assert f"comes nearest to the true order: ρ = {max(ends.values()):.2f}</p>" in page
    whole = [row for row in found.growing[0].rows if row.policy == "complete"]
    last = {row.scheme: row.spearman for row in found.growing[-1].rows if row.policy == "complete"}
    known = [row for row in whole if not math.isnan(last[row.scheme])]
    steady = sum(row.spearman - last[row.scheme] < 0.05 for row in known)
    assert f">{steady} of {len(known)} schemes lose less than 0.05 of ρ when 10\u202f% of the cells" in page
    for scheme in SCHEMES.values():
        if scheme.core:
            assert inert(scheme.short) in outliers


def test_every_scheme_has_its_formula_on_the_page(site: Path) -> None:
    page = html.unescape((site / "truth/index.html").read_text(encoding="utf-8"))
    for scheme in SCHEMES.values():
        assert f"<dt>{scheme.title}</dt>" in page
        assert scheme.formula in page


def test_the_csv_has_every_row_as_it_was_measured(site: Path, found: Findings) -> None:
    with (site / "truth/recovery.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(one.rows) for one in found.measured)
    strong = next(one for one in found.measured if one.run_less == "strong")
    wanted = row_of(strong.rows, "partial-order", "copeland")
    (held,) = [
        row for row in rows
        if (row["run_less"], row["policy"], row["scheme"]) == ("strong", "partial-order", "copeland")
    ]  # fmt: skip
    assert float(held["mean_spearman"]) == pytest.approx(wanted.spearman, abs=1e-11)
    assert float(held["share_of_best"]) == pytest.approx(wanted.top, abs=1e-11)
    assert float(held["coverage"]) == LOWEST.coverage
    assert {row["run_less"] for row in rows if float(row["coverage"]) == 1} == {"nobody"}


def test_the_page_says_its_numbers_and_asks_nothing_from_outside(site: Path, found: Findings) -> None:
    html = (site / "truth/index.html").read_text(encoding="utf-8")
    page = Page.read(site / "truth/index.html")
    for sentence in (
        *truth.simulated(DRAWS), *truth.coverage_sentences(found), *truth.outlier_sentences(found),
        *truth.limit_sentences(found),
    ):  # fmt: skip
        assert inert(sentence) in html
        assert "nan" not in sentence.replace("\n", " ").split()
        assert "–" not in sentence
    assert page.tags.count("h1") == 1
    assert "<title>Which scheme finds the truth?" in html
    assert '<meta name="description" content="A simulation' in html
    assert '<link rel="canonical" href="https://example.org/boards/truth/">' in html
    assert [link for link in page.links if "//" in link] == ["https://example.org/boards/truth/"]
    assert f'<script type="module" src="../{asset_paths().script}"></script>' in html
    assert not re.search(r"<script(?![^>]*src=)|<style| on[a-z]+=", html)
    assert {"../truth/", "../sources/", "recovery.csv"} <= set(page.links)


def test_sentences_follow_another_leader(found: Findings) -> None:
    said = truth.coverage_sentences(
        altered(
            found,
            {
                ("zero", "arithmetic-mean"): {
                    "spearman": 0.987654,
                    "top": 0.5,
                    "ranked": 1.0,
                    "correlated": DRAWS,
                }
            },
        )
    )
    assert "the arithmetic mean under “unscored counts 0” comes nearest" in said[0]
    assert said[0].count("0.988") == len(found.falling)
    assert said[1].startswith("It leads wherever cells are missing, and next at 40")
    assert "unscored counts 0" not in said[2]


def test_a_leader_that_is_behind_elsewhere_is_said(found: Findings) -> None:
    """At the lowest coverage one leads, at the others another."""
    one = altered(found, {("zero", "arithmetic-mean"): {"spearman": 0.99}})
    other = altered(found, {("worst-rank", "mean-rank"): {"spearman": 0.995}})
    mixed = Findings(
        DRAWS,
        tuple(a if a.setting == LOWEST else b for a, b in zip(one.measured, other.measured, strict=True)),
    )
    said = " ".join(truth.coverage_sentences(mixed))
    assert "arithmetic mean under “unscored counts 0” comes nearest" in said
    assert "It does not lead throughout: at 80" in said
    assert said.count("the mean rank under “unscored ranks last” does, with 0.995") == 2


def test_outlier_sentences_name_who_stays_and_who_falls(found: Findings) -> None:
    series = {one.scheme: one for one in found.series(found.growing) if one.policy == "complete"}
    steady, fallen, *_ = truth.outlier_sentences(found)
    for name, one in series.items():
        lost = one.rho[0] - one.rho[-1]
        moved = f"({fixed(one.rho[0], 3)} to {fixed(one.rho[-1], 3)})"
        assert (moved in steady) == (lost < truth.STEADY), name
        assert (moved in fallen) == (lost >= truth.FALLS), name
    flat = Findings(DRAWS, tuple(
        Measured(one.setting, one.run_less, found.growing[0].rows) if one in found.growing else one
        for one in found.measured
    ))  # fmt: skip
    said = " ".join(truth.outlier_sentences(flat))
    assert f"{len(series)} schemes lose less than" in said
    assert "or more" not in said
    assert "leads both without outliers and at 10" in said


def test_no_policy_that_ranks_half_is_no_leader(found: Findings) -> None:
    few = altered(found, {(row.policy, row.scheme): {"ranked": 0.1} for row in found.measured[0].rows})
    said = truth.coverage_sentences(few)
    assert len(said) == sum(policy.ranks_models for policy in POLICIES.values())
    assert all("ranks only 10, 10 and 10" in sentence for sentence in said)
    assert truth.limit_sentences(few) == []


def test_a_build_of_a_part_simulates_only_where_the_page_is_not_there(
    tmp_path: Path, found: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Findings] = []

    def simulated() -> Findings:
        asked.append(found)
        return found

    def bare(_library: Library, ref: SnapshotRef, staging: Path, *_: object) -> Built:
        """A snapshot without pages: the page of what is simulated asks nothing of any."""
        (staging / ref.study.id / "v" / ref.id).mkdir(parents=True, exist_ok=True)
        entry = FrontEntry(
            "tiny", "Tiny", "", False, "models", ref.id, "", ref.id, 0, 6, 4, 0, "", 0, 0, None, "", "", "0"
        )
        return Built("tiny", ref.id, 6, 4, 0, 0, 0.0, 0.0, (), entry)

    monkeypatch.setattr(truth_page, "simulate", simulated)
    monkeypatch.setattr(making, "build_snapshot", bare)
    root = make_project(tmp_path)
    page = root / "site/truth/index.html"
    build_project(root, root / "site", study="tiny")
    assert len(asked) == 1
    page.write_text(page.read_text(encoding="utf-8") + "<!-- kept -->", encoding="utf-8")
    build_project(root, root / "site", study="tiny")
    assert len(asked) == 1
    assert page.read_text(encoding="utf-8").endswith("<!-- kept -->")
    build_project(root, root / "site")
    assert len(asked) == 2
    assert not page.read_text(encoding="utf-8").endswith("<!-- kept -->")
    front = Page.read(root / "site/index.html")
    assert front.links.count("./truth/") == 2
    assert (root / "site/truth/recovery.csv").is_file()
