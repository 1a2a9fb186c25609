"""Human feature alignment: a table of results, and maps; what is wrong is said."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import many_parts
from scipy import stats

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.sources.importance_maps import CLICKME_CEILING
from builder.errors import DataError

RANDOM = np.random.default_rng(1)
HUMAN = RANDOM.random((6, 4, 5))
NET = HUMAN + RANDOM.random((6, 4, 5))
BOTH = ("spearman", "feature-alignment")


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def good() -> dict[str, tuple[str, bytes]]:
    return {"human": ("h.npy", npy(HUMAN)), "map/Net 1": ("n.npy", npy(NET.astype("f4")))}


def read(tmp_path: Path, files: dict[str, tuple[str, bytes]], metrics: tuple[str, ...] = BOTH) -> Snapshot:
    study, parts = many_parts(tmp_path, "feature-alignment-maps", metrics, files)
    return ADAPTERS["feature-alignment-maps"].read(study, study.snapshots[0], parts)


def by_scipy(one: np.ndarray, other: np.ndarray) -> list[float]:
    return [float(stats.spearmanr(a.ravel(), b.ravel()).statistic) for a, b in zip(one, other, strict=True)]


def test_maps_are_scored_as_scipy_does_with_their_errors_and_the_published_ceiling(tmp_path: Path) -> None:
    snapshot = read(tmp_path, good())
    rho = by_scipy(NET.astype("f4"), HUMAN)
    scores = snapshot.scores.set_index("metric")
    assert scores["score"].to_dict() == pytest.approx(
        {"spearman": np.mean(rho), "feature-alignment": np.mean(rho) / CLICKME_CEILING}
    )
    assert scores.loc["spearman", "error"] == pytest.approx(stats.sem(rho))
    assert scores.loc["feature-alignment", "error"] == pytest.approx(stats.sem(rho) / CLICKME_CEILING)
    assert [metric.ceiling for metric in snapshot.tree.metrics] == [CLICKME_CEILING, 1.0]
    assert snapshot.models["name"].tolist() == ["Net 1"]


def test_two_halves_of_people_give_the_ceiling(tmp_path: Path) -> None:
    halves = [HUMAN + RANDOM.random(HUMAN.shape) / 2 for _ in range(2)]
    files = good() | {f"half/{i + 1}": (f"h{i}.npy", npy(half)) for i, half in enumerate(halves)}
    snapshot = read(tmp_path, files)
    ceiling = np.mean(by_scipy(*halves))
    assert snapshot.tree.metrics[0].ceiling == pytest.approx(ceiling)
    assert snapshot.scores.set_index("metric").loc["feature-alignment", "score"] == pytest.approx(
        np.mean(by_scipy(NET.astype("f4"), HUMAN)) / ceiling
    )


def test_a_model_whose_maps_are_all_the_same_everywhere_failed(tmp_path: Path) -> None:
    snapshot = read(tmp_path, good() | {"map/flat": ("f.npy", npy(np.ones_like(HUMAN)))}, ("spearman",))
    assert dict(zip(snapshot.scores["model"], snapshot.scores["state"], strict=True)) == {
        "flat": "failed",
        "net-1": "scored",
    }
    assert snapshot.models["n_constant_maps"].tolist() == [6.0, 0.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"map/x": ("x.npy", npy(HUMAN[:, :2]))}, "x.npy: has the shape 6 x 2 x 5, not 6 x 4 x 5."),
        ({"map/x": ("x.npy", npy(HUMAN[:2]))}, "x.npy: has the shape 2 x 4 x 5, not 6 x 4 x 5."),
        ({"map/x": ("x.npy", b"maps")}, "x.npy: is no .npy file"),
        ({"human": ("h.npy", npy(HUMAN[0]))}, "h.npy: has the shape 4 x 5, not n x n x n."),
        ({"map/": ("x.npy", npy(HUMAN))}, "part 'map/' is no model. Name it map/MODEL."),
        ({"maps/x": ("x.npy", npy(HUMAN))}, "part 'maps/x' is no model."),
        ({"half/1": ("a.npy", npy(HUMAN))}, "has one half of the people."),
        (
            {"half/1": ("a.npy", npy(HUMAN)), "half/2": ("b.npy", npy(-HUMAN))},
            "the two halves: agree at a mean Spearman of -1.",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: dict[str, tuple[str, bytes]], said: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, good() | change)
    assert said in str(caught.value)


def test_a_study_without_people_models_or_known_metrics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, {"half/1": ("a.npy", npy(HUMAN))}, ("spearmen",))
    for one in ("no source has the part 'human'", "has no models", "Did you mean 'spearman'?"):
        assert one in str(caught.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_maps_give_scipy_s_number_or_are_refused(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(npy(NET))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        snapshot = read(tmp_path, good() | {"map/Net 1": ("n.npy", bytes(raw))}, ("spearman",))
    except DataError:
        return
    maps = np.load(io.BytesIO(bytes(raw)), allow_pickle=False)
    assert snapshot.scores["score"].tolist() == pytest.approx([np.mean(by_scipy(maps, HUMAN))])


def test_a_table_of_results_has_a_row_a_model(tmp_path: Path) -> None:
    table = "model,Top-1,Human alignment,family\nViT-B/16,85.2,21.9,ViT\nVGG16,71.6,,CNN\n"
    files = {"": ("t.csv", table.encode())}
    study, parts = many_parts(tmp_path, "feature-alignment-results", ("Top-1", "Human alignment"), files)
    snapshot = ADAPTERS["feature-alignment-results"].read(study, study.snapshots[0], parts)
    scores = snapshot.scores.set_index(["model", "metric"])["score"].to_dict()
    assert scores == {
        ("vit-b-16", "Top-1"): 85.2,
        ("vit-b-16", "Human alignment"): 21.9,
        ("vgg16", "Top-1"): 71.6,
    }
    assert snapshot.models["family"].tolist() == ["CNN", "ViT"]
    parts[""].write_text(table + "VGG16,1,1,CNN\n")
    with pytest.raises(DataError, match="row 4, column 'model': 'VGG16' stands in row 3 already"):
        ADAPTERS["feature-alignment-results"].read(study, study.snapshots[0], parts)
