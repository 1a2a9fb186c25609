"""What changes, as a maintainer reads it: counts by hand, hostile names, nothing before, nothing changed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import markdown
import pytest
from boards import START, Made, check, site
from samples import CELLS, TREE, make_snapshot
from typer.testing import CliRunner

from builder import api
from builder.analysis import analyse
from builder.changes import comment as writing
from builder.changes.boards import Board, read_boards
from builder.changes.comment import comment
from builder.changes.compare import Step, compare_sites, newest_steps
from builder.changes.names import NAMED, name
from builder.cli import app
from builder.errors import DataError
from builder.github.comment import MARK
from builder.results import start_view

OLD, NEW = Made(), Made("2025-06-30")
HOSTILE = [
    "<script>alert(1)</script>", "[x](https://evil.example)", "@everyone", "a|b", "a\\|b", "`", "``x`",
    "`a` @b", "line\nbreak\r\n# heading", "\u202ereversed", "zero\u200bwidth", "{{ 1 + 1 }}", "#1", "x" * 500,
    "| - |",
    "https://evil.example", "![i](https://evil.example/i.png)", "</td></table>", "<!-- hidden", "\\",
    "\x00\x1b[31m",
]  # fmt: skip


def told(folder: Path, before: list[Made] | None, after: list[Made] | None, **options: str) -> str:
    old = None if before is None else site(folder / "before", {"tiny": before})
    new = None if after is None else site(folder / "after", {"tiny": after})
    return comment(compare_sites(old, new), **options)


def test_a_new_snapshot_is_told_from_the_one_before(tmp_path: Path) -> None:
    # By hand: gamma goes; delta comes first; beta keeps the second place, alpha falls from 1 to 3.
    new = NEW.but(
        ranking={"delta": 1, "beta": 2, "alpha": 3},
        unranked=["late"],
        metrics={"acc": (4, True), "speed": (1, False)},
        views=(START, ("all", "zero", "mean-rank")),
        refused={("all", "complete", "z-mean"): "Every value is equal."},
    )
    text = told(tmp_path, [OLD], [OLD, new])
    assert text.startswith(f"{MARK}\n## What changes\n\nThe study `tiny` gains `2025-06-30`.\n")
    assert "### `tiny`: from `2025-01-31` to `2025-06-30`" in text
    assert "| models | 3 | 4 | 2 in, 1 out |" in text
    assert "| metrics | 2 | 2 | 1 in, 1 out |" in text
    assert "| scores | 6 | 5 | \N{MINUS SIGN}1 |" in text
    assert "| rankings | 2 | 2 | 1 in, 1 out |" in text
    assert "- Models in: `delta` and `late`.\n- Models out: `gamma`.\n" in text
    assert "- Metrics in: `speed`.\n- Metrics out: `err`.\n" in text
    assert "| 1 | `delta` | new |\n| 2 | `beta` | same |\n| 3 | `alpha` | 1, down 2 |\n" in text
    assert "No longer among the first 10: `gamma` (was 3, gone)." in text
    assert "Rankings that appear: `all/zero/mean-rank`." in text
    assert "Rankings that vanish: `all/complete/z-mean` (every value is equal)." in text
    assert "The one ranking that both snapshots have has another first model.\n\n| ranking |" in text
    assert (
        "| `all/complete/arithmetic-mean` | `alpha` | `delta` |\n\nThe longest moves, one a model: " in text
    )
    assert "one a model: `alpha` from 1 to 3 in `all/complete/arithmetic-mean`.\n" in text
    assert "published before" not in text


def test_the_first_ten_are_told_with_who_left_them_and_who_shares_the_last(tmp_path: Path) -> None:
    before = OLD.but(ranking={f"m{i}": i for i in range(1, 13)})
    after = {f"m{i}": i - 1 for i in range(2, 11)} | {"m11": 10, "m12": 10, "m1": 12}
    text = told(tmp_path, [before], [before, NEW.but(ranking=after, unranked=[])])
    assert "The first 11 of 12 models" in text
    assert "| 1 | `m2` | 2, up 1 |" in text
    assert "| 10 | `m12` | 12, up 2 |" in text
    assert "No longer among the first 10: `m1` (was 1, is 12)." in text
    lost = NEW.but(ranking={f"m{i}": i - 1 for i in range(2, 13)}, unranked=["m1"])
    assert "`m1` (was 1, has no place now)" in told(tmp_path / "lost", [before], [before, lost])
    back = told(tmp_path / "back", [lost.but(snapshot="2025-01-31")], [before.but(snapshot="2025-06-30")])
    assert "| 1 | `m1` | new |" not in back


def test_a_model_that_gains_a_place_is_not_called_new(tmp_path: Path) -> None:
    old = OLD.but(ranking={"alpha": 1, "beta": 2}, unranked=["gamma"])
    assert "| 3 | `gamma` | without a place |" in told(tmp_path, [old], [old, NEW])


def test_models_of_one_name_are_told_apart_by_what_their_ids_have_more(tmp_path: Path) -> None:
    """As a network that was run at two sizes: what the data call it is what one looks for."""
    names = {"res-net.a1-224": "Res_Net.a1", "res-net.a1-288": "Res_Net.a1", "one-net": "one_net"}
    new = NEW.but(ranking={one: i + 1 for i, one in enumerate(names)}, names=names)
    text = told(tmp_path, [OLD], [OLD, new])
    assert "- Models in: `Res_Net.a1 (224)`, `Res_Net.a1 (288)` and `one_net`.\n" in text
    assert "| 1 | `Res_Net.a1 (224)` | new |" in text


def test_models_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    new = NEW.but(names={"alpha": "same", "beta": "same", "gamma": "other"})
    text = told(tmp_path, [OLD], [OLD, new])
    assert "| 1 | `same (alpha)` | same |\n| 2 | `same (beta)` | same |\n| 3 | `other` | same |" in text


def test_the_first_snapshot_has_nothing_before_it(tmp_path: Path) -> None:
    text = told(tmp_path, None, [OLD])
    assert "The study `tiny` is new, with `2025-01-31`." in text
    assert (
        "### `tiny`: `2025-01-31`, the first snapshot\n\nIt has 3 models, 2 metrics, 6 scores and 2 rankings."
        in text
    )
    assert "| place | model |\n|--:|---|\n| 1 | `alpha` |" in text
    assert "warning" not in text


def test_no_change_and_no_study_are_said_in_a_sentence(tmp_path: Path) -> None:
    text = told(tmp_path, [OLD, NEW], [OLD, NEW])
    assert text == f"{MARK}\n## What changes\n\nNothing: every study says what it said before.\n"
    gone = told(tmp_path / "gone", [OLD], None)
    assert "The study `tiny` is gone." in gone
    assert "what was cited there is not found again: `2025-01-31`." in gone


def test_words_that_differ_where_no_number_does_are_said(tmp_path: Path) -> None:
    sides = []
    for side, licence in (("before", "CC0"), ("after", "CC-BY")):
        folder = site(tmp_path / side, {"tiny": [OLD, NEW], "other": [OLD]})
        for study, snapshot in (("tiny", OLD.snapshot), ("tiny", NEW.snapshot), ("other", OLD.snapshot)):
            page = folder / study / "v" / snapshot / "data" / "index.html"
            page.parent.mkdir()
            page.write_text(licence if (study, snapshot) == ("tiny", OLD.snapshot) else "same")
        sides.append(folder)
    found = compare_sites(*sides)
    said = "No number of the study `tiny` (`2025-01-31`) differs; words or terms do.\n"
    assert comment(found) == f"{MARK}\n## What changes\n\n{said}"
    (sides[1] / "other" / "v" / OLD.snapshot / "data" / "more.txt").touch()
    assert [one.study for one in compare_sites(*sides)] == ["other", "tiny"]
    changed = site(tmp_path / "changed", {"tiny": [OLD, NEW.but(data="other")]})
    (changed / "tiny" / "v" / OLD.snapshot / "more.txt").touch()
    text = comment(compare_sites(site(tmp_path / "old", {"tiny": [OLD, NEW]}), changed))
    assert "published before. No number of `2025-01-31` differs; words or terms do.\n" in text


def test_another_start_alone_is_a_change(tmp_path: Path) -> None:
    boards = [
        read_boards(site(tmp_path / str(i), {"tiny": [OLD.but(start=start)]}))["tiny"][0]
        for i, start in enumerate((START, ("all", "complete", "z-mean")))
    ]
    assert boards[0].documents == boards[1].documents
    assert Step(*boards).is_any
    assert not Step(boards[0], boards[0]).is_any


@pytest.mark.parametrize(
    "reason",
    ["@octocat is out", "see https://evil.example", "[x](/evil) & &#64;me", "<b>x</b> | `y` | *z*", "a\n# b"],
)
def test_a_reason_does_nothing_where_it_is_told(tmp_path: Path, reason: str) -> None:
    new = NEW.but(views=(START,), refused={("all", "complete", "z-mean"): reason})
    text = told(tmp_path, [OLD], [OLD, new])
    [line] = [line for line in text.splitlines() if line.startswith("Rankings that vanish: ")]
    html = markdown.markdown(line, extensions=["tables"])
    assert not re.search(r"<(?!/?p>|/?code>)", html), html
    assert not re.search(r"@\w|://|&#64|&amp;#64", html)
    shown = re.sub(r"<.*?>|\u200b", "", html)
    plain = " ".join(reason.replace("`", "'").split())
    assert unescape(shown).endswith(f"({plain}).")


def test_what_is_published_and_would_change_is_a_warning(tmp_path: Path) -> None:
    other = OLD.but(ranking={"beta": 1, "alpha": 2, "gamma": 3}, data="other", views=(START,))
    text = told(tmp_path, [OLD, NEW], [other, NEW])
    assert "says something else of `2025-01-31`, published before." in text
    assert "**3 warnings**" in text
    assert "- Its data are not what they were. A correction is a snapshot of its own.\n" in text
    assert "- 1 published ranking would vanish.\n" in text
    assert "- 1 published ranking would have another digest, and its citations would be wrong.\n" in text
    assert "Rankings with another digest: `all/complete/arithmetic-mean`." in text
    assert "| 1 | `beta` | 2, up 1 |" in text
    lost = told(tmp_path / "lost", [OLD, NEW], [NEW])
    assert "loses `2025-01-31`" in lost
    assert "1 snapshot gone" in lost


def test_documents_that_differ_are_counted_where_no_ranking_does(tmp_path: Path) -> None:
    text = told(tmp_path, [OLD], [OLD.but(checks=[check("v1", 3, 3)])])
    assert "Of 4 documents below `api/`, 1 differs." in text
    assert "warning" not in text
    assert "| models |" not in text


def test_no_section_has_pages_alone(tmp_path: Path) -> None:
    other = ("all", "complete", "z-mean")
    text = told(tmp_path, [OLD], [OLD.but(start=other)])
    assert (
        "The view that pages start from is `all/complete/z-mean` (it was `all/complete/arithmetic-mean`).\n"
        in text
    )
    file = tmp_path / "before" / "tiny" / "v" / OLD.snapshot / "api" / "index.json"
    held = json.loads(file.read_text())
    held["files"].append({"path": "history.json", "sha256": "0" * 64})
    file.write_text(json.dumps(held))
    both = [tmp_path / "before", site(tmp_path / "same", {"tiny": [OLD]})]
    assert "Documents below `api/` that vanish: `history.json`.\n" in comment(compare_sites(*both))
    assert "Documents below `api/` that appear: `history.json`.\n" in comment(compare_sites(*both[::-1]))


def test_warnings_of_metrics_and_checks(tmp_path: Path) -> None:
    old = OLD.but(checks=[check("v1", 3, 2), check("it", 3, 3)])
    new = NEW.but(
        ranking={**OLD.ranking, **{f"m{i}": 4 + i for i in range(17)}},
        metrics={"acc": (19, False), "err": (3, False), "none": (0, True)},
        checks=[check("v1", 3, 2), check("v1", 3, 1, "attempted"), check("it", 3, 2), check("", 3, 3)],
        n_complete=2,
    )
    text = told(tmp_path, [old], [old, new])
    assert "On `acc` lower is better now; before, higher was." in text
    assert "No model has a score on `none`." in text
    # 3 of 3 before; 19 of 20 is a drop of five points, 3 of 20 one of 85.
    assert "`acc` from 100\N{NARROW NO-BREAK SPACE}% to 95\N{NARROW NO-BREAK SPACE}%" in text
    assert "`err` from 100\N{NARROW NO-BREAK SPACE}% to 15\N{NARROW NO-BREAK SPACE}%" in text
    assert "Fewer models have a score on every metric of a selection: `all` from 3 to 2." in text
    assert (
        "averages for `v1` are not what the scores give for 1 of 3 models, by up to 0.0125 (`gamma`); nor"
        in text
    )
    assert re.search(
        r"averages for `it` are not what the scores give for 1 of 3 models, .*\(`gamma`\)\.", text
    )
    assert "overall averages" not in text
    assert "**6 warnings**" in text


def test_another_start_is_said_and_places_are_compared_under_the_new_one(tmp_path: Path) -> None:
    other = ("all", "complete", "z-mean")
    text = told(tmp_path, [OLD], [OLD, NEW.but(start=other)])
    assert "`all/complete/z-mean` (it was `all/complete/arithmetic-mean`):" in text
    assert "| 1 | `alpha` | same |" in text
    newer = ("all", "zero", "mean-rank")
    text = told(tmp_path / "no", [OLD], [OLD, NEW.but(start=newer, views=(newer,))])
    assert "`2025-01-31` has no such ranking to compare with." in text
    none = told(tmp_path / "none", [OLD], [OLD, NEW.but(start=None, views=())])
    assert "No model has a place in the view that the study's pages start from." in none


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_one_code_span_and_one_cell(text: str) -> None:
    shown = name(text)
    html = markdown.markdown(f"| a | b |\n|---|---|\n| {shown} | end |\n", extensions=["tables"])
    cells = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)
    assert len(cells) == 2
    assert re.fullmatch(r"<code>[^<]*</code>", cells[0]), html
    assert cells[1] == "end"
    assert len(shown) < 90
    assert not re.search(r"[\u202e\u200b\x00\x1b\n\r|]", shown)


def test_hostile_names_act_nowhere_in_a_comment(tmp_path: Path) -> None:
    ids = {f"m{i}": i + 1 for i in range(len(HOSTILE))}
    names = {f"m{i}": text for i, text in enumerate(HOSTILE)}
    new = NEW.but(ranking=ids, names=names, checks=[{**check("v1", 3, 1), "worst_model": HOSTILE[0]}])
    text = told(tmp_path, [OLD], [OLD, new])
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"[<>@]|https?:|\]\(", outside.removeprefix(MARK)), outside
    assert text.count("\n### ") == 1


def test_a_long_comment_stays_below_the_limit_and_says_what_it_left_out(tmp_path: Path) -> None:
    long = {f"m{i}": ("x" * 100 + str(i)) for i in range(60)}
    ranking = {one: i + 1 for i, one in enumerate(long)}
    studies = {f"study-{i}": [OLD, NEW.but(ranking=ranking, names=long)] for i in range(30)}
    new = site(tmp_path / "after", studies)
    old = site(tmp_path / "before", {one: [OLD] for one in studies})
    text = comment(compare_sites(old, new))
    assert len(text) <= writing.MOST < 65_536
    told_ones = text.count("\n### ")
    assert 0 < told_ones < 30
    assert f"Left out, because a comment may not be longer: {30 - told_ones} sections, on `study-" in text
    assert " 20 more studies change.\n" in text
    assert f"and {60 - NAMED} more." in text
    assert text.endswith("tells of one study.\n")


def test_many_new_snapshots_are_told_newest_first_and_the_rest_named(tmp_path: Path) -> None:
    dates = [f"2025-0{month}-28" for month in range(2, 8)]
    text = told(tmp_path, [OLD], [OLD, *(NEW.but(snapshot=date) for date in dates)])
    heads = re.findall(r"### `tiny`: from `(.*?)` to `(.*?)`", text)
    assert heads == [(dates[4], dates[5]), (dates[3], dates[4]), (dates[2], dates[3])]
    assert "New in `tiny`, too: `2025-04-28`, `2025-03-28` and `2025-02-28`." in text


def test_pages_are_linked_where_the_site_stands(tmp_path: Path) -> None:
    text = told(tmp_path, [OLD], [OLD, NEW], site_url="https://example.org/boards/")
    assert "[History](https://example.org/boards/tiny/v/2025-06-30/history/)" in text
    assert "Pages: `tiny/v/2025-06-30/` in the built site." in told(tmp_path / "no", [OLD], [OLD, NEW])


def test_the_newest_snapshot_of_one_site_is_told_from_the_one_before_it(tmp_path: Path) -> None:
    folder = site(tmp_path / "site", {"tiny": [OLD, NEW], "other": [OLD]})
    text = comment(newest_steps(folder))
    assert "from `2025-01-31` to `2025-06-30`" in text
    assert "`other`: `2025-01-31`, the first snapshot" in text
    assert "all are the same to the last value" in text
    assert "the first snapshot" in comment(newest_steps(folder, "tiny", "2025-01-31"))
    with pytest.raises(DataError, match="Did you mean 'tiny'"):
        newest_steps(folder, "tinny")
    with pytest.raises(DataError, match="2025-06-3"):
        newest_steps(folder, "tiny", "2025-06-31")


def test_the_command_writes_it_and_refuses_what_is_no_site(tmp_path: Path) -> None:
    site(tmp_path / "before", {"tiny": [OLD], "other": [OLD]})
    site(
        tmp_path / "after", {"tiny": [OLD, NEW.but(names={"alpha": ":smile: [bold]x"})], "other": [OLD, NEW]}
    )
    asked = ["changes", str(tmp_path / "after"), "--before", str(tmp_path / "before"), "--study", "tiny"]
    printed = CliRunner().invoke(app, asked)
    assert printed.exit_code == 0, printed.output
    assert "| 1 | `:smile: [bold]x` | same |" in printed.output
    assert "other" not in printed.output
    file = tmp_path / "comment.md"
    assert CliRunner().invoke(app, [*asked, "--output", str(file)]).exit_code == 0
    assert file.read_text(encoding="utf-8") == printed.output
    nowhere = CliRunner().invoke(app, [*asked, "--output", str(tmp_path / "none" / "x.md")])
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (4, True)
    assert CliRunner().invoke(app, ["changes", str(tmp_path)]).exit_code == 1
    assert CliRunner().invoke(app, ["changes", str(tmp_path / "after"), "--snapshot", "x"]).exit_code == 2


def test_a_damaged_document_is_named(tmp_path: Path) -> None:
    folder = site(tmp_path / "site", {"tiny": [OLD, NEW]})
    file = folder / "tiny" / "v" / "2025-06-30" / "api" / "coverage.json"
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match=r"coverage\.json.*no document of the API"):
        comment(newest_steps(folder))
    file.unlink()
    with pytest.raises(DataError, match=r"coverage\.json.*cannot be read"):
        comment(newest_steps(folder))


def test_the_real_api_is_read_as_it_is_written(tmp_path: Path, study) -> None:  # type: ignore[no-untyped-def]
    boards = []
    for date, cells in (("2025-01-31", CELLS), ("2025-06-30", {**CELLS, "gamma": (0.99, 0.99, 0.99, 0.99)})):
        snapshot = make_snapshot(cells, snapshot=date, published=[("alpha", "", 0.9)])
        results = analyse(study, snapshot)
        start = start_view(results.views, "everything", "complete", "arithmetic-mean")
        folder = tmp_path / date / "api"
        api.write_api(results, folder, api.Heading(date * 6 + "0000", TREE.metrics, start))
        boards.append(Board("tiny", date, folder))
    step = Step(*boards)
    by_hand = {"gamma": (3, 1), "beta": (1, 2), "alpha": (2, 3)}
    assert {one.model_id: (one.before, one.after) for one in step.top} == by_hand
    assert [one.higher_is_better for one in boards[0].metrics.values()] == [True] * 4
    assert boards[0].n_complete == {"everything": 3, "frequent": 5}
    assert [group for group, held in boards[0].checks.items() if held.fails] == [""]
    assert step.views_changed
    assert not step.models_in
    assert set(boards[0].views) == {
        row["file"] for row in json.loads((boards[0].api / "index.json").read_text())["views"]
    }
    assert not Step(boards[0], replace(boards[0])).is_any
