"""The schemes that combine scores, each on some scale."""

from __future__ import annotations

from collections.abc import Mapping

from builder.stats.panel import Panel
from builder.stats.schemes import fair, latent, means, scaled
from builder.stats.schemes.kinds import Scheme

NARROW = "\N{NARROW NO-BREAK SPACE}"
AHLERT = "Ahlert, Klein, Wichmann and Geirhos (2024), How aligned are different alignment metrics?, Fig. 3"
BRAIN_SCORE = "Schrimpf et al. (2018), Brain-Score, doi:10.1101/407007"
ONE_SCALE = (
    "Scores of all metrics are on one interval scale: a difference of 0.1 is worth the same on each. "
    "A metric on which models differ more weighs more."
)
OWN_SPREAD = (
    "Each metric's scores are on an interval scale of their own; one standard deviation over the models "
    "ranked is worth the same on each metric. The value depends on which models take part."
)
ORDER_ONLY = (
    "Only the order of the models within each metric; one place is worth the same anywhere "
    "and on each metric. The value depends on which models take part."
)
UP_THE_TREE = (
    " Every group of the metric tree counts equally among its siblings, however many metrics it has."
)
EQUAL_SCORES = "Models with equal values share a place."
EQUAL_RANKS = "Models with equal scores share the average of their ranks; equal values share a place."
EQUAL = "Models with equal values share a place."


def _fair_remark(panel: Panel, _: Mapping[str, str]) -> str:
    weights = fair.fair_weights(panel)
    names = {node: fair.node_name(panel.tree, node) for node in weights}
    listed = ", ".join(f"{names[node]} {100 * weight:.1f}{NARROW}%" for node, weight in weights.items())
    return f"The weights of the groups' means: {listed}."


def _trimmed_remark(panel: Panel, _: Mapping[str, str]) -> str:
    if int(scaled.TRIMMED * panel.scores.shape[1]):
        return ""
    return "Of so few metrics none is left out, so that this is the arithmetic mean."


def _component_remark(panel: Panel, _: Mapping[str, str]) -> str:
    share = latent.first_component_share(panel)
    return f"The first component holds {100 * share:.0f}{NARROW}% of the variance of the z-scores."


SCORE_SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        id="arithmetic-mean",
        title="Arithmetic mean",
        short="Mean",
        formula="value(i) = (1/m) Σⱼ sᵢⱼ over the m metrics j on which model i counts",
        source=f"{AHLERT} (arithmetic mean)",
        assumes=ONE_SCALE,
        ties=EQUAL_SCORES,
        higher_is_better=True,
        kind="mean",
        policies=("complete", "attempted", "zero"),
        aggregate=means.arithmetic_mean,
        invariance="zero",
        reverses=True,
        keeps="places",
        core=True,
    ),
    Scheme(
        id="hierarchical-mean",
        title="Mean up the metric tree",
        short="Tree mean",
        formula="value(i, g) = (1/|C|) Σ_c value(i, c) over the children C of group g on which "
        "model i counts; value(i, j) = sᵢⱼ for a metric j; value(i) is that of the whole tree",
        source=BRAIN_SCORE,
        assumes=ONE_SCALE + UP_THE_TREE,
        ties=EQUAL_SCORES,
        higher_is_better=True,
        kind="mean",
        policies=("complete", "attempted", "zero"),
        aggregate=means.hierarchical_mean,
        invariance="zero",
        reverses=True,
        keeps="places",
        core=True,
    ),
    Scheme(
        id="z-mean",
        title="Mean of z-scores",
        short="z mean",
        formula="value(i) = (1/m) Σⱼ zᵢⱼ with zᵢⱼ = (sᵢⱼ − mean of sⱼ) / sd of sⱼ over models "
        "(dividing by n); zᵢⱼ = 0 for a metric j on which all models score the same",
        source=f"{AHLERT} (z-transformed mean)",
        assumes=OWN_SPREAD,
        ties=EQUAL_SCORES,
        higher_is_better=True,
        kind="z-mean",
        policies=("complete",),
        aggregate=means.z_mean,
        invariance="affine",
        reverses=True,
        keeps="nothing",
        core=True,
    ),
    Scheme(
        id="hierarchical-z-mean",
        title="Mean of z-scores up the metric tree",
        short="Tree z mean",
        formula="as the mean up the metric tree, with zᵢⱼ in place of sᵢⱼ; "
        "groups are not z-transformed again",
        source=f"{AHLERT} (z-transformed mean), with the tree of {BRAIN_SCORE}",
        assumes=OWN_SPREAD + UP_THE_TREE,
        ties=EQUAL_SCORES,
        higher_is_better=True,
        kind="z-mean",
        policies=("complete",),
        aggregate=means.hierarchical_z_mean,
        invariance="affine",
        reverses=True,
        keeps="nothing",
        core=True,
    ),
    Scheme(
        id="min-max-mean",
        title="Mean of min-max scores",
        short="Min-max mean",
        formula="value(i) = (1/m) Σⱼ (sᵢⱼ − min of sⱼ) / (max of sⱼ − min of sⱼ) over the models ranked; "
        "1/2 on a metric on "
        "which all score the same",
        source="OECD and JRC (2008), Handbook on constructing composite indicators, section 5",
        assumes="Each metric's scores are on an interval scale of their own, and its worst and best model "
        "are worth the "
        "same everywhere: one outlier squeezes all others together.",
        ties=EQUAL,
        higher_is_better=True,
        kind="z-mean",
        policies=("complete",),
        aggregate=scaled.min_max_mean,
        invariance="affine",
        reverses=True,
        keeps="places",
    ),
    Scheme(
        id="robust-z-mean",
        title="Mean of robust z-scores",
        short="Robust z",
        formula="as the mean of z-scores, with the median in place of the mean and 1.4826 times the "
        "median absolute deviation "
        "in place of the standard deviation (1.2533 times the mean one where that is 0)",
        source="Iglewicz and Hoaglin (1993), How to detect and handle outliers",
        assumes="Each metric's scores are on an interval scale of their own; a middling model's distance "
        "from the median is "
        "worth the same on each. Outliers do not set the scale, but count in full.",
        ties=EQUAL,
        higher_is_better=True,
        kind="z-mean",
        policies=("complete",),
        aggregate=scaled.robust_z_mean,
        invariance="affine",
        reverses=True,
        keeps="nothing",
    ),
    Scheme(
        id="trimmed-mean",
        title="Trimmed mean",
        short="Trimmed mean",
        formula="the mean of a model's scores without its ⌊m/10⌋ lowest and ⌊m/10⌋ highest",
        source="Tukey (1962), The future of data analysis",
        assumes=ONE_SCALE + " A model's extreme scores say least about it.",
        ties=EQUAL,
        higher_is_better=True,
        kind="trimmed",
        policies=("complete", "zero"),
        aggregate=scaled.trimmed_mean,
        remark=_trimmed_remark,
        invariance="common",
        reverses=True,
        keeps="places",
    ),
    Scheme(
        id="geometric-mean",
        title="Geometric mean",
        short="Geometric",
        formula="value(i) = (Πⱼ sᵢⱼ)^(1/m)",
        source="Fleming and Wallace (1986), How not to lie with statistics",
        assumes="Scores of all metrics are on ratio scales: twice the score is worth the same on each, "
        "wherever it starts.",
        ties=EQUAL,
        higher_is_better=True,
        kind="geometric",
        policies=("complete",),
        aggregate=scaled.geometric_mean,
        invariance="unit",
        reverses=False,
        keeps="places",
        unfit=scaled.not_positive,
    ),
    Scheme(
        id="first-component",
        title="First principal component",
        short="Component 1",
        formula="value(i) = Σⱼ vⱼ zᵢⱼ with v the first right singular vector of the z-scores, its sum not "
        "negative",
        source="Hotelling (1933), Analysis of a complex of statistical variables into principal components",
        assumes=OWN_SPREAD
        + " What most metrics share is what is to be ranked: a metric that agrees with none hardly counts.",
        ties=EQUAL,
        higher_is_better=True,
        kind="z-mean",
        policies=("complete",),
        aggregate=latent.first_component,
        invariance="affine",
        reverses=True,
        keeps="nothing",
        unfit=latent.no_first_component,
        remark=_component_remark,
    ),
    Scheme(
        id="fair-contribution",
        title="Fair contribution",
        short="Fair",
        formula="value(i) = Σ_g w_g value(i, g), value(i, g) the mean up the tree of group g, with w_g = "
        "(R⁻¹ 1)_g / sd of "
        "value(·, g), scaled to sum to 1, and R the correlations of the groups",
        source="The question of Ahlert et al. (2024), section 5: every group explains the same share of "
        "the value's variance",
        assumes="Every group is to decide as much of the order as every other, whatever the spread of its "
        "scores.",
        ties=EQUAL,
        higher_is_better=True,
        kind="fair",
        policies=("complete",),
        aggregate=fair.fair_contribution,
        invariance="group",
        reverses=True,
        keeps="nothing",
        unfit=fair.no_fair_weights,
        remark=_fair_remark,
    ),
)
