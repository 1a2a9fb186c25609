// @ts-check
/** The scores and ranks of chosen metrics under a coverage policy, as queries/12_panel.sql makes them. */

import { FAILED, MISSING, SCORED } from "./snapshot.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */

/**
 * @typedef {object} Panel
 * @property {Snapshot} snapshot
 * @property {string} policy
 * @property {Int32Array} models  positions in the snapshot, in its order
 * @property {number[]} metrics  positions in the snapshot, in tree order
 * @property {Float64Array[]} scores  metric -> row -> score, more is better; NaN where the policy leaves it out
 * @property {Float64Array[]} ranks  metric -> row -> rank, 1 = best, ties average; NaN likewise
 * @property {Int32Array[]} tied  metric -> row -> how many share the rank
 * @property {Int32Array[]} order  metric -> rows that have a rank, best first
 * @property {Map<string, any>} held  what several schemes ask for, made once
 */

/**
 * @param {Snapshot} snapshot
 * @param {number[]} metrics  positions, in tree order
 * @param {string} policy
 * @returns {Panel}
 */
export function makePanel(snapshot, metrics, policy) {
  const models = keptModels(snapshot, metrics, policy);
  const rowOf = new Int32Array(snapshot.ids.length).fill(-1);
  models.forEach((model, row) => { rowOf[model] = row; });
  /** @type {Panel} */
  const panel = { snapshot, policy, models, metrics, scores: [], ranks: [], tied: [], order: [], held: new Map() };
  for (const metric of metrics) {
    panel.scores.push(scoresOf(snapshot, metric, models, policy));
    rank(panel, snapshot, metric, rowOf);
  }
  return panel;
}

/**
 * The complete models, or all with a cell that was run.
 * @param {Snapshot} snapshot
 * @param {number[]} metrics
 * @param {string} policy
 */
function keptModels(snapshot, metrics, policy) {
  const n = snapshot.ids.length;
  const kept = new Uint8Array(n).fill(policy === "complete" && metrics.length ? 1 : 0);
  for (const metric of metrics) {
    const states = snapshot.states[metric];
    if (policy === "complete") {
      for (let i = 0; i < n; i++) if (states[i] !== SCORED) kept[i] = 0;
    } else {
      for (let i = 0; i < n; i++) if (states[i] !== MISSING) kept[i] = 1;
    }
  }
  const models = [];
  for (let i = 0; i < n; i++) if (kept[i]) models.push(i);
  return Int32Array.from(models);
}

/**
 * @param {Snapshot} snapshot
 * @param {number} metric
 * @param {Int32Array} models
 * @param {string} policy
 */
function scoresOf(snapshot, metric, models, policy) {
  const turned = snapshot.turned[metric], states = snapshot.states[metric];
  const found = new Float64Array(models.length);
  for (let row = 0; row < models.length; row++) {
    const model = models[row];
    const counts0 = policy === "zero" || (policy === "attempted" && states[model] === FAILED);
    found[row] = states[model] !== SCORED && counts0 ? 0 : turned[model];
  }
  return found;
}

/**
 * Rank one metric's scored models; under worst-rank the others share what places are left.
 * @param {Panel} panel
 * @param {Snapshot} snapshot
 * @param {number} metric
 * @param {Int32Array} rowOf
 */
function rank(panel, snapshot, metric, rowOf) {
  const n = panel.models.length, turned = snapshot.turned[metric];
  const ranks = new Float64Array(n).fill(NaN), tied = new Int32Array(n), order = new Int32Array(n);
  let filled = 0;
  for (const model of snapshot.order[metric]) if (rowOf[model] >= 0) order[filled++] = rowOf[model];
  const scored = filled;
  for (let start = 0; start < scored;) {
    const score = turned[panel.models[order[start]]];
    let stop = start + 1;
    while (stop < scored && turned[panel.models[order[stop]]] === score) stop++;
    share(order, start, stop, ranks, tied);
    start = stop;
  }
  if (panel.policy === "worst-rank" && scored < n) {
    for (let row = 0; row < n; row++) if (ranks[row] !== ranks[row]) order[filled++] = row;
    share(order, scored, n, ranks, tied);
  }
  panel.ranks.push(ranks);
  panel.tied.push(tied);
  panel.order.push(order.subarray(0, filled));
}

/**
 * Places start + 1 to stop, shared.
 * @param {Int32Array} order
 * @param {number} start
 * @param {number} stop
 * @param {Float64Array} ranks
 * @param {Int32Array} tied
 */
function share(order, start, stop, ranks, tied) {
  for (let at = start; at < stop; at++) {
    ranks[order[at]] = (start + 1 + stop) / 2;
    tied[order[at]] = stop - start;
  }
}

/**
 * How many cells of each state a row of the panel has: [scored, failed, missing], each by row.
 * @param {Panel} panel
 */
export function cellCounts(panel) {
  const { snapshot, metrics, models } = panel;
  const counts = [0, 1, 2].map(() => new Int32Array(models.length));
  for (const metric of metrics) {
    const states = snapshot.states[metric];
    for (let row = 0; row < models.length; row++) counts[SCORED - states[models[row]]][row]++;
  }
  return counts;
}
