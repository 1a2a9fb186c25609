"""What a maintainer should look at before a change is published, as a list of sentences."""

from __future__ import annotations

from builder.changes.compare import Step
from builder.changes.names import NAMED, name, some
from builder.site.words import counted, percent


def warnings_of(step: Step) -> str:
    """The warnings of one step as Markdown; empty where there is none."""
    lines = [*_of_what_is_published(step), *_of_directions(step), *_of_coverage(step), *_of_checks(step)]
    if not lines:
        return ""
    return f"**{counted(len(lines), 'warning')}**\n\n" + "".join(f"- {line}\n" for line in lines) + "\n"


def _of_what_is_published(step: Step) -> list[str]:
    """That a snapshot which may have been cited would say something else."""
    if step.before is None or not step.same:
        return []
    lines = []
    if step.before.data_digest != step.after.data_digest:
        lines.append("Its data are not what they were. A correction is a snapshot of its own.")
    gone, changed = len(step.views_out), len(step.views_changed)
    if gone:
        lines.append(f"{counted(gone, 'published ranking')} would vanish.")
    if changed:
        what = "another digest, and its citations" if changed == 1 else "other digests, and their citations"
        lines.append(f"{counted(changed, 'published ranking')} would have {what} would be wrong.")
    return lines


def _of_directions(step: Step) -> list[str]:
    better = {True: "higher", False: "lower"}
    lines = [
        f"On {name(new.name)} {better[bool(new.higher_is_better)]} is better now; "
        f"before, {better[bool(old.higher_is_better)]} was."
        for old, new in step.turned.values()
    ]
    return _bounded(lines, "more metric has", "more metrics have", "another better end.")


def _of_coverage(step: Step) -> list[str]:
    lines = []
    if step.empty:
        lines.append(f"No model has a score on {some([name(one.name) for one in step.empty.values()])}.")
    thinner = [
        f"{name(new.name)} from {percent(old.share)} to {percent(new.share)}"
        for one, (old, new) in step.thinner.items()
        if one not in step.empty
    ]
    if thinner:
        lines.append(f"Coverage drops, as the share of models with a score: {some(thinner)}.")
    fewer = [
        f"{name(one)} from {step.before.n_complete[one]} to {n}"
        for one, n in step.after.n_complete.items()
        if step.before is not None and n < step.before.n_complete.get(one, 0)
    ]
    if fewer:
        lines.append(f"Fewer models have a score on every metric of a selection: {some(fewer)}.")
    return lines


def _of_checks(step: Step) -> list[str]:
    """Published averages that the scores do not give."""
    lines = []
    for check, before in step.failing:
        group = f"averages for {name(check.group)}" if check.group else "overall averages"
        off = "where we have none" if check.largest is None else f"by up to {check.largest:.3g}"
        models = f"{check.n_models - check.n_equal} of {counted(check.n_models, 'model')}"
        worst = f" ({name(check.worst_model)})" if check.worst_model else ""
        was = "; nor were they before" if before else ""
        lines.append(f"The source's {group} are not what the scores give for {models}, {off}{worst}{was}.")
    return _bounded(lines, "more group has", "more groups have", "averages that the scores do not give.")


def _bounded(lines: list[str], one: str, several: str, what: str) -> list[str]:
    more = len(lines) - NAMED
    return lines if more <= 0 else [*lines[:NAMED], f"{counted(more, one, several)} {what}"]
