"""Rankings that are not what they were: who is first now, and who moves farthest."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import Made, site

from builder.changes.boards import read_boards
from builder.changes.comment import comment
from builder.changes.compare import Step, compare_sites
from builder.changes.rankings import told_moves

OLD, NEW = Made(), Made("2025-06-30")


def told(folder: Path, before: list[Made], after: list[Made]) -> str:
    sides = (site(folder / side, {"tiny": made}) for side, made in (("before", before), ("after", after)))
    return comment(compare_sites(*sides))


def test_rankings_are_told_by_who_is_first_and_who_moves_farthest(tmp_path: Path) -> None:
    views = [(f"s{i:02}", "complete", "z-mean") for i in range(12)]
    old = OLD.but(ranking={f"m{i}": i for i in range(1, 9)}, views=views, start=views[0])
    places = {"m8": 1, "m2": 1, "m3": 3, "m4": 4, "m5": 5, "m6": 6, "m7": 7, "m1": 8}
    text = told(tmp_path, [old], [old, old.but(snapshot=NEW.snapshot, ranking=places)])
    assert "Of 12 rankings that both snapshots have, all have another first model.\n" in text
    assert text.count("/z-mean` | `m1` | `m8` and `m2` |\n") == 10
    assert "\n\n2 more rankings have another first model.\n\n" in text
    said = (
        "`m1` from 1 to 8 in `s00/complete/z-mean`, `m8` from 8 to 1 in `s00/complete/z-mean` and `m2` from 2"
    )
    assert f"The longest moves, one a model: {said} to 1 in `s00/complete/z-mean`.\n" in text
    fewer = [view for view in views if view[0] < "s03"]
    three = old.but(views=fewer)
    below = {**old.ranking, "m7": 8, "m8": 7}
    text = told(tmp_path / "below", [three], [three, three.but(snapshot=NEW.snapshot, ranking=below)])
    assert "Of 3 rankings that both snapshots have, none has another first model.\n" in text
    assert "| ranking |" not in text
    text = told(tmp_path / "same", [three], [three.but(ranking=places)])
    assert "Rankings with another digest: `s00/complete/z-mean`, " in text
    assert "Of 3 rankings, all have another first model.\n" in text


def test_rankings_that_stay_are_counted_beside_those_that_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = [(f"s{i}", "complete", "z-mean") for i in range(4)]
    old = OLD.but(views=views, start=views[0])
    step = Step(
        *(
            read_boards(site(tmp_path / str(i), {"tiny": [made]}))["tiny"][0]
            for i, made in enumerate(
                (old, old.but(snapshot=NEW.snapshot, ranking={"beta": 1, "alpha": 2, "gamma": 3}))
            )
        )
    )
    changed = step.views_changed
    for n, said in (
        (1, "1 has another first model and 3 are the same to the last value."),
        (3, "3 have another first model and 1 is the same to the last value."),
    ):
        monkeypatch.setitem(step.__dict__, "views_changed", changed[:n])
        assert f"Of 4 rankings that both snapshots have, {said}" == told_moves(step)[0]
