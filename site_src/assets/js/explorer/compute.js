// @ts-check
/** From a state to everything that the page shows of it, but for intervals and correlations. */

import { display, places } from "./numbers.js";
import { cellCounts, makePanel } from "./panel.js";
import { refusal } from "./refusals.js";
import { aggregate } from "./schemes.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./schemes.js").Weights} Weights */

/**
 * @typedef {object} Choice
 * @property {number[]} metrics  positions, in tree order
 * @property {string} policy
 * @property {string} scheme
 * @property {string} baseline
 * @property {Map<string, number>} weights  node -> weight other than 1, which it has where it is not named
 */

/**
 * @typedef {object} Ranking
 * @property {import("./panel.js").Panel} panel
 * @property {Weights | null} weights
 * @property {string} refused  why there is no ranking; empty where there is
 * @property {number} ranked  rows that have a place
 * @property {Float64Array} values  row -> value
 * @property {Int32Array} places  row -> place, 0 without a value
 * @property {Float64Array} bars  row -> 0 to 1
 * @property {string} baselineRefused  why nothing is compared; empty where it is
 * @property {Int32Array} baselinePlaces  row -> place under the baseline, 0 without
 * @property {Int32Array[]} cells  [scored, failed, missing] by row
 */

/**
 * @param {Snapshot} snapshot
 * @param {Choice} choice
 * @returns {Ranking}
 */
export function rankModels(snapshot, choice) {
  const panel = panelOf(snapshot, choice.metrics, choice.policy);
  const weights = weightsOf(snapshot, choice.metrics, choice.weights);
  const none = new Float64Array(panel.models.length).fill(NaN);
  const refused = refusal(panel, choice.scheme, weights);
  const better = (/** @type {string} */ id) =>
    Boolean(snapshot.given.schemes.find((scheme) => scheme.id === id)?.higher_is_better);
  const values = refused ? none : aggregate(panel, choice.scheme, weights);
  const baselineRefused = refused || refusal(panel, choice.baseline, weights);
  const base = baselineRefused ? none : aggregate(panel, choice.baseline, weights);
  const placed = places(values, better(choice.scheme));
  return {
    panel, weights, refused, values,
    ranked: placed.reduce((total, place) => total + Number(place > 0), 0),
    places: placed,
    bars: display(values, better(choice.scheme)),
    baselineRefused,
    baselinePlaces: places(base, better(choice.baseline)),
    cells: cellCounts(panel),
  };
}

/** The last panel of each snapshot: most changes are of something else. @type {WeakMap<Snapshot, { key: string, panel: import("./panel.js").Panel }>} */
const last = new WeakMap();

/**
 * @param {Snapshot} snapshot
 * @param {number[]} metrics
 * @param {string} policy
 */
function panelOf(snapshot, metrics, policy) {
  const key = `${policy} ${metrics}`;
  let held = last.get(snapshot);
  if (held?.key !== key) {
    held = { key, panel: makePanel(snapshot, metrics, policy) };
    last.set(snapshot, held);
  }
  return held.panel;
}

/**
 * @param {Snapshot} snapshot
 * @param {number[]} metrics
 * @param {Map<string, number>} named  node -> weight
 * @returns {Weights | null}  null where every metric counts once
 */
export function weightsOf(snapshot, metrics, named) {
  if (!weighed(snapshot, metrics, named).length) return null;
  const { given, parents } = snapshot;
  const own = new Float64Array(metrics.length), flat = new Float64Array(metrics.length);
  metrics.forEach((metric, j) => {
    const { id } = given.metrics[metric];
    own[j] = flat[j] = named.get(id) ?? 1;
    for (let at = parents.get(id) ?? ""; at; at = parents.get(at) ?? "") flat[j] *= named.get(at) ?? 1;
  });
  return { flat, asked: flat, own, groups: named };
}

/**
 * Weights of nodes that have a metric among those chosen: the others change nothing.
 * @param {Snapshot} snapshot
 * @param {number[]} metrics
 * @param {Map<string, number>} named
 */
export function weighed({ leaves }, metrics, named) {
  const chosen = new Set(metrics);
  return [...named].filter(([node]) => leaves.get(node)?.some((metric) => chosen.has(metric)));
}
