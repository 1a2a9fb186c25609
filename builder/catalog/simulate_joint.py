"""The embedded study `simulated-joint`: three systems that score the same invented models under other names.

The models, their abilities and the neural and behavioral scores are those of `simulated-alignment`. Two more
systems are made here, in the formats that the real ones have: accuracies of odd-one-out judgements (they
load little on either ability) and human feature alignment (it falls as behavioral ability rises, as Fel et
al. 2022 found). As in Ahlert et al. (2024), Fig. 1, 42 models are scored on everything.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path

from builder.catalog.simulate import STUDY_ID as ALIGNMENT
from builder.catalog.simulate import chances, is_there, models, normals, simulate
from builder.catalog.snapshot import FAILED
from builder.catalog.study import load_study

STUDY_ID = "simulated-joint"
N_EVERYWHERE = 42
N_ONLY_TWO = 30
"""So many more models have odd-one-out scores, and as many others feature alignment."""
FAMILIES = ("convolutional", "transformer", "hybrid")


def joint_is_there(root: Path) -> bool:
    """Whether the project at `root` has this study, and the one that it is drawn from."""
    return is_there(root, STUDY_ID) and is_there(root, ALIGNMENT)


def joint_files(root: Path) -> dict[str, bytes]:
    """Name -> content of the files below data/sources/simulated-joint: always the same."""
    study = load_study(root / "data" / "studies" / f"{ALIGNMENT}.toml")
    newest = simulate(study)[-1]
    metrics = [m for group in ("neural", "behavior") for m in newest.tree.leaves(group)]
    columns = (newest.scores[name].tolist() for name in ("model", "metric", "score", "state"))
    cells = {(model, metric): (score, state) for model, metric, score, state in zip(*columns, strict=True)}
    known = [model for model in models() if model.id in set(newest.models["id"])]
    rows = [
        [model.name, model.source_id, *(_cell(*cells.get((model.id, m), (math.nan, ""))) for m in metrics)]
        for model in known
    ]
    whole = [model for model, row in zip(known, rows, strict=True) if not {"", "X"} & set(row[2:])]
    order = chances("joint/order")
    drawn = sorted(whole, key=lambda _: next(order))[:N_EVERYWHERE]
    others = sorted((model for model in known if model not in drawn), key=lambda _: next(order))
    judged, attended = drawn + others[:N_ONLY_TWO], drawn + others[N_ONLY_TWO : 2 * N_ONLY_TWO]
    noise = normals("joint/noise")
    odd, maps, aliases = [], [], []
    for number, model in enumerate(sorted(judged, key=lambda one: one.name)):
        zero_shot = 0.45 + 0.03 * (0.25 * model.behavior + 0.97 * next(noise))
        probing = 0.56 + 0.02 * (0.45 * model.behavior + 0.89 * next(noise))
        name = model.name.lower().replace(" ", "_")
        family = FAMILIES[number % len(FAMILIES)]
        odd.append([number, name, f"{zero_shot:.4f}", f"{probing:.4f}", "simulated", "penultimate", family])
        aliases.append(("odd-one-out", name, model.id))
    for model in sorted(attended, key=lambda one: one.name):
        aligned = 38 + 6 * (-0.35 * model.behavior + 0.94 * next(noise))
        maps.append([model.name.replace(" ", "-", 1).replace(" ", ""), f"{aligned:.2f}"])
        aliases.append(("feature-alignment", maps[-1][0], model.id))
    named = {model for _, _, model in aliases}
    aliases += [("brain-score", model.name, model.id) for model in known if model.id in named]
    header = ["", "model", "zero-shot", "probing", "source", "module", "family"]
    return {
        "brain-score.csv": _csv([["model_name", "model_id", *metrics], *rows]),
        "odd-one-out.csv": _csv([header, *odd]),
        "feature-alignment.csv": _csv([["model", "human-alignment"], *maps]),
        "aliases.csv": _csv([["source", "name", "model"], *sorted(aliases)]),
    }


def _cell(score: float, state: str) -> str:
    """As Brain-Score's export writes it."""
    return "X" if state == FAILED else "" if math.isnan(score) else repr(float(score))


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def write_joint(root: Path) -> Path:
    """Write the files below data/sources of the project at `root`; their folder. Raises OSError."""
    folder = root / "data" / "sources" / STUDY_ID
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in joint_files(root).items():
        (folder / name).write_bytes(data)
    return folder


def joint_differences(root: Path) -> list[str]:
    """Files below the study's folder that are not, byte for byte, what the model generates."""
    folder = root / "data" / "sources" / STUDY_ID
    wanted = joint_files(root)
    there = {path.name: path.read_bytes() for path in folder.glob("*") if path.is_file()}
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))
