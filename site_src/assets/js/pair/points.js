// @ts-check
/** What two metrics say of the models that both have scored: ranks, their distance, Spearman's rho. */

import { SCORED } from "../explorer/snapshot.js";

/** @typedef {import("../explorer/snapshot.js").Snapshot} Snapshot */

/**
 * @typedef {object} Point
 * @property {number} model  position in the document
 * @property {number[]} values  on either metric: scores where the document has them, else the ranks
 * @property {number[]} ranks  among these points; 1 = best, ties average
 */

/**
 * @param {Snapshot} snapshot
 * @param {number} x
 * @param {number} y
 * @param {number[]} [also]  metrics that a model must be scored on besides
 * @returns {Point[]}  in the document's order of models
 */
export function pointsOf(snapshot, x, y, also = []) {
  const pair = [x, y], needed = [...pair, ...also];
  const shared = snapshot.ids.map((_, model) => model)
    .filter((model) => needed.every((metric) => snapshot.states[metric][model] === SCORED));
  const ranks = pair.map((metric) => ranksOf(shared.map((model) => snapshot.turned[metric][model])));
  return shared.map((model, i) => ({
    model,
    values: pair.map((metric, at) => (snapshot.given.holds === "scores" ? Number(snapshot.given.scores[metric][model]) : ranks[at][i])),
    ranks: ranks.map((of) => of[i]),
  }));
}

/**
 * @param {number[]} values  more is better
 * @returns {number[]}
 */
function ranksOf(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]), ranks = values.map(() => 0);
  for (let start = 0; start < order.length;) {
    let stop = start + 1;
    while (stop < order.length && values[order[stop]] === values[order[start]]) stop++;
    for (let at = start; at < stop; at++) ranks[order[at]] = (start + 1 + stop) / 2;
    start = stop;
  }
  return ranks;
}

/**
 * Pearson's r of the ranks; NaN of fewer than three models, or where a metric ties them all.
 * @param {Point[]} points
 */
export function rhoOf(points) {
  if (points.length < 3) return NaN;
  const middle = points.length + 1, products = [0, 0, 0];
  for (const { ranks: [a, b] } of points) {
    const [u, v] = [2 * a - middle, 2 * b - middle];
    [u * v, u * u, v * v].forEach((product, i) => { products[i] += product; });
  }
  // One root of the product: a metric with itself then gives 1, to the last bit.
  return products[0] / Math.sqrt(products[1] * products[2]);
}

/**
 * Those whose ranks differ most, the farthest first; equal distances in the document's order.
 * @param {Point[]} points
 * @param {number} most
 */
export function farthest(points, most) {
  const apart = (/** @type {Point} */ { ranks: [a, b] }) => Math.abs(a - b);
  return points.filter((point) => apart(point) > 0).sort((a, b) => apart(b) - apart(a)).slice(0, most);
}
