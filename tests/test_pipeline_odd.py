"""Odd boards: too few models, equal scores or no groups still make a site."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Page, book_of, build_project, contents, make_project, study_of, write_book
from samples import CELLS, STUDY, Cells

from builder.catalog.study import Study
from builder.printing import print_summary
from builder.summary import Summary

HERE = "tiny/v/2025-01-31"
BARE = STUDY[: STUDY.index("[groups.neural]")] + STUDY[STUDY.index("[selections.everything]") :]
"""The study without groups and roles."""


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
    summary = build_project(root, root / "site")
    assert summary.n_bytes == sum(map(len, contents(root / "site").values()))
    view = root / "site" / HERE / "view/everything/complete/arithmetic-mean/index.html"
    assert "is first of 1 model" in Page.read(view).text


@pytest.mark.parametrize(("n_bytes", "said"), [(10**9, ""), (1_234_567_890, "It holds 1,235 MB")])
def test_a_site_larger_than_hosts_publish_is_said_to_be(
    n_bytes: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_summary(Summary((), (), tmp_path, n_bytes=n_bytes))
    assert ("GitHub Pages" in (told := capsys.readouterr().out)) is bool(said)
    assert said in told
