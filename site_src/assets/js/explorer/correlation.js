// @ts-check
/** Spearman's rho of every two chosen metrics: on the complete models, or each pair on its shared ones. */

import { SCORED } from "./snapshot.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./panel.js").Panel} Panel */

const FEWEST_SHARED = 3;

/**
 * @param {Panel} panel
 * @returns {Float64Array}  m x m, row by row; NaN where fewer than 3 models are shared or a metric is constant
 */
export function spearman(panel) {
  return panel.policy === "complete" ? onComplete(panel) : onShared(panel);
}

/** @param {Panel} panel */
function onComplete(panel) {
  const m = panel.metrics.length, n = panel.models.length;
  const centred = panel.ranks.map((column) => column.map((rank) => 2 * rank - n - 1));
  const found = new Float64Array(m * m).fill(NaN);
  if (n < FEWEST_SHARED) return found;
  const square = centred.map((column) => product(column, column));
  for (let a = 0; a < m; a++) {
    for (let b = 0; b <= a; b++) {
      const rho = coefficient(product(centred[a], centred[b]), square[a], square[b]);
      found[a * m + b] = found[b * m + a] = a === b && square[a] > 0 ? 1 : rho;
    }
  }
  return found;
}

/** Pairs do not depend on what else is chosen, so each is made once a snapshot. @type {WeakMap<Snapshot, Map<number, number>>} */
const known = new WeakMap();

/** @param {Panel} panel */
function onShared(panel) {
  const { snapshot, metrics } = panel;
  const m = metrics.length, all = snapshot.order.length;
  const found = new Float64Array(m * m);
  const held = known.get(snapshot) ?? new Map();
  known.set(snapshot, held);
  metrics.forEach((x, a) => {
    for (let b = 0; b <= a; b++) {
      const key = x * all + metrics[b];
      if (!held.has(key)) held.set(key, ofPair(snapshot, x, metrics[b]));
      found[a * m + b] = found[b * m + a] = /** @type {number} */ (held.get(key));
    }
  });
  return found;
}

/**
 * @param {Snapshot} snapshot
 * @param {number} x
 * @param {number} y
 */
function ofPair(snapshot, x, y) {
  const [first, n] = restricted(snapshot, x, y);
  const [second] = restricted(snapshot, y, x);
  if (n < FEWEST_SHARED) return NaN;
  const squares = [product(first, first), product(second, second)];
  return x === y && squares[0] > 0 ? 1 : coefficient(product(first, second), squares[0], squares[1]);
}

/**
 * Twice the centred ranks of the models that both metrics have, by model; 0 for the others.
 * @param {Snapshot} snapshot
 * @param {number} metric
 * @param {number} other
 * @returns {[Float64Array, number]}
 */
function restricted(snapshot, metric, other) {
  const turned = snapshot.turned[metric], states = snapshot.states[other];
  const shared = snapshot.order[metric].filter((model) => states[model] === SCORED);
  const n = shared.length, found = new Float64Array(turned.length);
  for (let start = 0; start < n;) {
    let stop = start + 1;
    while (stop < n && turned[shared[stop]] === turned[shared[start]]) stop++;
    for (let at = start; at < stop; at++) found[shared[at]] = start + stop - n;
    start = stop;
  }
  return [found, n];
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function product(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/**
 * @param {number} cross
 * @param {number} one
 * @param {number} other
 */
function coefficient(cross, one, other) {
  if (one <= 0 || other <= 0) return NaN;
  return Math.max(-1, Math.min(1, cross / Math.sqrt(one) / Math.sqrt(other)));
}
