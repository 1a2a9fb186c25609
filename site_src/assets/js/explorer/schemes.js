// @ts-check
/**
 * The schemes that the explorer offers, each as builder/stats/schemes/ defines it: a panel to a value a row.
 * Under weights a metric of weight w counts as often as w copies of it would (builder/stats/bootstrap/weighted.py);
 * up the tree a group of weight w counts as w siblings. Without weights sums are taken in NumPy's order.
 */

import { baldwin, copeland, minimax } from "./majority.js";
import { fairContribution, firstComponent } from "./latent.js";
import { sum } from "./numbers.js";
import { meanOf, medianOf, sorted, withoutNoise } from "./rows.js";
import * as columns from "./columns.js";
import { nodeMeans } from "./tree.js";

/** @typedef {import("./panel.js").Panel} Panel */

/**
 * @typedef {object} Weights
 * @property {Float64Array} flat  metric of the panel -> how often it counts: its own weight times its groups'
 * @property {Float64Array} asked  as `flat`, before metrics are drawn
 * @property {Float64Array} own  metric of the panel -> how often it counts among its siblings
 * @property {Map<string, number>} groups  group -> how often it counts among its siblings; 1 where it is not named
 */

/**
 * @callback Rule
 * @param {Panel} panel
 * @param {Weights | null} weights
 * @returns {Float64Array}
 */

const TRIMMED = 0.1, NOISE = 1e-12;

/**
 * @param {(panel: Panel) => Float64Array[]} values
 * @returns {Rule}
 */
const flat = (values) => (panel, weights) => meanOf(values(panel), panel.models.length, weights && weights.flat);

/**
 * @param {(panel: Panel) => Float64Array[]} values
 * @returns {Rule}
 */
const upTheTree = (values) => (panel, weights) => nodeMeans(panel, values(panel), weights)("");

/** @type {Rule} */
function geometricMean(panel, weights) {
  return meanOf(columns.logarithms(panel), panel.models.length, weights && weights.flat).map(Math.exp);
}

/** @type {Rule} */
function borda(panel, weights) {
  const n = panel.models.length, found = new Float64Array(n);
  columns.bordaPoints(panel).forEach((points, j) => {
    const w = weights ? weights.flat[j] : 1;
    for (let i = 0; i < n; i++) found[i] += w * points[i];
  });
  return found;
}

/** @type {Rule} */
function medianRank(panel, weights) {
  const n = panel.models.length, found = new Float64Array(n);
  for (let i = 0; i < n; i++) found[i] = medianOf(panel.ranks, i, weights && weights.flat);
  return found;
}

const sizes = (/** @type {number} */ total, /** @type {number} */ value) => total + Math.abs(value);

/** @type {Rule} */
function trimmedMean(panel, weights) {
  const n = panel.models.length, found = new Float64Array(n);
  const total = weights ? weights.flat.reduce((a, b) => a + b, 0) : panel.metrics.length;
  const cut = Math.floor(TRIMMED * total), kept = total - 2 * cut;
  for (let i = 0; i < n; i++) {
    const runs = sorted(panel.scores, i, weights && weights.flat);
    if (!runs.weights) {
      const inner = runs.values.subarray(cut, cut + kept);
      found[i] = withoutNoise(sum(inner, 0, kept), inner.reduce(sizes, 0)) / kept;
      continue;
    }
    let seen = 0, mass = 0, size = 0;
    for (let k = 0; k < runs.values.length; k++) {
      const before = Math.min(Math.max(seen, cut), total - cut);
      seen += runs.weights[k];
      const part = (Math.min(Math.max(seen, cut), total - cut) - before) * runs.values[k];
      mass += part;
      size += Math.abs(part);
    }
    found[i] = kept > 0 ? withoutNoise(mass, size) / kept : NaN;
  }
  return found;
}

/** @type {Rule} */
function threshold(panel, weights) {
  const n = panel.models.length;
  const worstFirst = Array.from({ length: n }, (_, i) => {
    const runs = sorted(panel.ranks, i, weights && weights.flat);
    runs.values.reverse();
    runs.weights?.reverse();
    return runs;
  });
  const rows = Array.from({ length: n }, (_, i) => i);
  rows.sort((a, b) => compareRuns(worstFirst[a], worstFirst[b]));
  const found = new Float64Array(n);
  rows.forEach((row, at) => {
    const same = at > 0 && compareRuns(worstFirst[rows[at - 1]], worstFirst[row]) === 0;
    found[row] = same ? found[rows[at - 1]] : at + 1;
  });
  return found;
}

/**
 * In the order of words whose letters stand as often as they weigh.
 * @param {import("./rows.js").Runs} a
 * @param {import("./rows.js").Runs} b
 */
function compareRuns(a, b) {
  const weightOf = (/** @type {import("./rows.js").Runs} */ runs, /** @type {number} */ at) =>
    runs.weights ? runs.weights[at] : 1;
  let i = 0, j = 0, left = weightOf(a, 0), right = weightOf(b, 0);
  while (i < a.values.length && j < b.values.length) {
    if (a.values[i] !== b.values[j]) return a.values[i] - b.values[j];
    const both = Math.min(left, right);
    left -= both;
    right -= both;
    if (left <= NOISE) left = weightOf(a, ++i);
    if (right <= NOISE) right = weightOf(b, ++j);
  }
  return 0;
}

/** @type {Record<string, Rule>} */
export const RULES = {
  "arithmetic-mean": flat(columns.scores),
  "hierarchical-mean": upTheTree(columns.scores),
  "z-mean": flat(columns.zScores),
  "hierarchical-z-mean": upTheTree(columns.zScores),
  "mean-rank": flat(columns.ranks),
  "hierarchical-mean-rank": upTheTree(columns.ranks),
  "min-max-mean": flat(columns.minMaxScores),
  "robust-z-mean": flat(columns.robustZScores),
  "trimmed-mean": trimmedMean,
  "geometric-mean": geometricMean,
  "first-component": firstComponent,
  "fair-contribution": fairContribution,
  "median-rank": medianRank,
  borda,
  plurality: flat(columns.pluralityPoints),
  dowdall: flat(columns.dowdallPoints),
  threshold,
  baldwin,
  "mean-win-rate": flat(columns.winRates),
  copeland,
  minimax,
};

/**
 * A scheme's value of each row of the panel; NaN for a row that has no score and no rank, or no value.
 * @param {Panel} panel
 * @param {string} scheme
 * @param {Weights | null} weights
 */
export function aggregate(panel, scheme, weights) {
  const values = RULES[scheme](panel, weights);
  if (panel.policy !== "partial-order") return values;
  return values.map((value, row) => (columns.hasRank(panel, row, weights) ? value : NaN));
}
