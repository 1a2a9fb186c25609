"""Human feature alignment from first principles: people's importance maps and each model's, as .npy.

Parts: `human` (maps of all people), and `map/NAME` for each model; `half/1` and `half/2`, if the people were
parted in two, give the human ceiling. All have the shape (n_images, height, width), the same images in the
same order, at one resolution and already blurred as wanted: nothing is resized or smoothed here.

Metrics that a study may have: `spearman`, and `feature-alignment`, which is spearman divided by the ceiling.
Without halves the ceiling is the one that Fel et al. (2022) measured on ClickMe.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builder.catalog.cells import raise_problems, shown
from builder.catalog.snapshot import FAILED, SCORED, Snapshot
from builder.catalog.sources.arrays import read_array
from builder.catalog.sources.frames import ScoreCell, file_name, make_snapshot, with_ceilings
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import did_you_mean, model_ids
from builder.reductions.importance_maps import Alignment, alignment, correlations

HUMAN, HALVES, MAP = "human", ("half/1", "half/2"), "map/"
METRICS = ("spearman", "feature-alignment")
CLICKME_CEILING = 0.6575315343478081
"""Spearman's rho between people on ClickMe: HUMAN_SPEARMAN_CEILING of the Harmonization toolbox
(harmonization/evaluation/click_me.py)."""


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of all models, with standard errors over images, and the ceilings.

    Models have the attribute `n_constant_maps`. A model of which every map is the same everywhere failed.
    Raises DataError with every problem: file, place and remedy.
    """
    where = f"{study.id}/{spec.snapshot_id}"
    problems = _problems(study, parts, where)
    raise_problems(problems, where)
    names = {source.part: file_name(study, spec, source) for source in spec.sources}
    addresses = {source.part: source.address for source in spec.sources}
    human = read_array(parts[HUMAN], addresses[HUMAN], names[HUMAN], (None, None, None))

    def read_maps(part: str) -> Any:
        return read_array(parts[part], addresses[part], names[part], human.shape)

    ceiling = CLICKME_CEILING
    found: dict[str, Alignment] = {}
    models = sorted(part for part in parts if part.startswith(MAP))
    try:
        if HALVES[0] in parts:
            ceiling = alignment(correlations(*(read_maps(half) for half in HALVES))).mean
            if ceiling <= 0:
                what = f"agree at a mean Spearman of {ceiling:.3g}."
                raise DataError(Problem(f"{where}: the two halves", what, "No alignment can be told."))
    except DataError as error:
        problems += error.problems
    for part in models:
        try:
            found[part] = alignment(correlations(read_maps(part), human))
        except DataError as error:
            problems += error.problems
    raise_problems(problems, where)
    ids = dict(zip(models, model_ids([part.removeprefix(MAP) for part in models], models), strict=True))
    cells: list[ScoreCell] = []
    for part, one in found.items():
        state = FAILED if one.n_constant == one.n_images else SCORED
        for metric, unit in zip(METRICS, (1.0, ceiling), strict=True):
            if metric in study.tree.metric_ids and state == SCORED:
                cells.append(ScoreCell(ids[part], metric, one.mean / unit, SCORED, one.standard_error / unit))
            elif metric in study.tree.metric_ids:
                cells.append(ScoreCell(ids[part], metric, float("nan"), FAILED))
    columns: dict[str, list[Any]] = {
        "id": list(ids.values()),
        "name": [part.removeprefix(MAP) for part in models],
        "source_id": models,
        "n_constant_maps": [float(found[part].n_constant) for part in models],
    }
    ceilings = dict(zip(METRICS, (ceiling, 1.0), strict=True))
    return make_snapshot(with_ceilings(study, ceilings), spec, columns, cells)


def _problems(study: Study, parts: dict[str, Path], where: str) -> list[Problem]:
    problems = [
        Problem(f"{where}: metric '{shown(one)}'", "is not computed here.", did_you_mean(one, list(METRICS)))
        for one in study.tree.metric_ids
        if one not in METRICS
    ]
    if HUMAN not in parts:
        problems.append(Problem(where, f"no source has the part '{HUMAN}'.", "Pin people's maps."))
    for part in parts:
        if part not in (HUMAN, *HALVES) and not part.removeprefix(MAP).strip() * part.startswith(MAP):
            problems.append(Problem(where, f"part '{shown(part)}' is no model.", "Name it map/MODEL."))
    if not any(part.startswith(MAP) for part in parts):
        problems.append(Problem(where, "has no models.", "Pin the maps of one model a part."))
    if sum(half in parts for half in HALVES) == 1:
        problems.append(Problem(where, "has one half of the people.", "Pin 'half/1' and 'half/2', or none."))
    return problems
