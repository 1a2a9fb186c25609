"""Odd boards: hostile names are inert, and too few models, equal scores or no groups still make a site."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Page, book_of, build_project, contents, make_project, study_of, write_book
from samples import CELLS, STUDY, Cells

from builder.catalog.study import Study

HERE = "tiny/v/2025-01-31"
BARE = STUDY[: STUDY.index("[groups.neural]")] + STUDY[STUDY.index("[selections.everything]") :]
"""The study without groups and roles."""

HOSTILE = [
    "<script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    "{{ 7*7 }}{% raw %}",
    "[a](javascript:alert(1)) **b** `c` _d_",
    '=HYPERLINK("http://evil"),\'; DROP TABLE models; --',
    "../../etc/passwd 😀 " + "x" * 300,
]


METRIC = '[metrics.it]\nname = "</svg><script>hacked</script>"'


def test_hostile_names_are_shown_and_nothing_of_them_runs(site: Path, tmp_path: Path) -> None:
    study = (
        STUDY.replace('title = "Tiny"', 'title = "<b>T</b> {{ 7*7 }} & co"')
        .replace('summary = "Six', 'summary = "<script>window.hacked=1</script> Six')
        .replace('title = "Everything"', 'title = "<img src=x onerror=hacked> | *all*"')
        .replace("[selections.everything]", f"{METRIC}\n[selections.everything]")
    )  # fmt: skip
    root = make_project(tmp_path, names=HOSTILE, study=study, dates=("2024-12-31", "2025-01-31"))
    build_project(root, root / "site")
    assert set(contents(root / "site")) == set(contents(site))
    for path in sorted((root / "site").rglob("*.html")):
        page = Page.read(path)
        tame = site / path.relative_to(root / "site")
        same = Page.read(tame)
        for tag in ("script", "img", "b", "iframe"):
            assert page.tags.count(tag) == same.tags.count(tag), (path, tag)
        assert not [a for a in page.attributes if a[1].startswith("on")], path
        assert not [link for link in page.links if "javascript:" in link], path
        of_study = "truth" not in path.parts  # whose numbers may hold a 49
        assert not of_study or "{{ 7*7 }}" in page.text or "49" not in page.text
    text = Page.read(root / "site" / HERE / "view/everything/attempted/arithmetic-mean/index.html").text
    for name in HOSTILE[:5]:
        assert name in text
    csv = (root / "site" / HERE / "view/everything/attempted/arithmetic-mean/ranking.csv").read_text()
    assert "'=HYPERLINK" in csv
    inside = {p.resolve().is_relative_to((root / "site").resolve()) for p in (root / "site").rglob("*")}
    assert inside == {True}


def few_complete(n_complete: int) -> Cells:
    """Each metric is scored by somebody, and nobody but the first has them all."""
    holes = ((0.5, None, 0.2, 0.5), (None, 0.4, None, 0.5))
    return {
        model: row if i < n_complete else holes[i % 2]
        for i, (model, row) in enumerate({**CELLS, "zeta": holes[0]}.items())
    }


def says_too_few(page: Path, n_complete: int) -> None:
    text = Page.read(page).text
    assert "needs at least 3 models" in text
    assert f"This snapshot has {n_complete}." in text


def test_without_a_complete_model_the_rest_builds(tmp_path: Path) -> None:
    root = make_project(tmp_path, few_complete(0))
    build_project(root, root / "site")
    says_too_few(root / "site" / HERE / "rankings/everything/index.html", 0)
    assert (root / "site" / HERE / "view/everything/attempted/arithmetic-mean/index.html").is_file()
    assert (root / "site" / HERE / "coverage/index.html").is_file()


@pytest.mark.parametrize("n_complete", [1, 2])
def test_fewer_than_three_complete_models_is_said_and_the_rest_is_written(
    study: Study, tmp_path: Path, n_complete: int
) -> None:
    write_book(book_of(study, few_complete(n_complete)), tmp_path)
    says_too_few(tmp_path / "rankings/everything/index.md", n_complete)
    assert (tmp_path / "view/everything/attempted/arithmetic-mean/index.md").is_file()
    assert (tmp_path / "coverage/index.md").is_file()


@pytest.mark.parametrize("score", [0.5, 0.0])
def test_equal_scores_everywhere_are_written(study: Study, tmp_path: Path, score: float) -> None:
    write_book(book_of(study, dict.fromkeys(CELLS, (score,) * 4)), tmp_path)
    text = Page.read(tmp_path / "view/everything/complete/mean-rank/index.md").text
    assert "6 share the first of 6 places" in text


def test_a_study_without_groups_or_roles_is_written(tmp_path: Path) -> None:
    flat = study_of(tmp_path, BARE.replace('tree = ["neural", "behavior"]', 'tree = ["a", "b", "c", "d"]'))
    write_book(book_of(flat, CELLS, flat.tree), tmp_path)
    assert (tmp_path / "agreement/everything/index.md").is_file()
    assert "Contribution" in Page.read(tmp_path / "contribution/index.md").text


def test_one_metric_and_one_model_build(tmp_path: Path) -> None:
    alone = BARE.replace('["neural", "behavior"]', '["a"]')
    root = make_project(tmp_path, {"only": (0.5,)}, study=alone)
    build_project(root, root / "site")
    view = root / "site" / HERE / "view/everything/complete/arithmetic-mean/index.html"
    assert "is first of 1 model" in Page.read(view).text
