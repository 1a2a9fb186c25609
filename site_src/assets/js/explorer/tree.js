// @ts-check
/** Means up the metric tree. */

import { meanOf } from "./rows.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./schemes.js").Weights} Weights */

/**
 * The mean at a node, by row: of its children that have a value, each of which counts as often as it weighs.
 * @param {Panel} panel
 * @param {Float64Array[]} values  metric of the panel -> row -> value
 * @param {Weights | null} weights
 * @returns {(node: string) => Float64Array}
 */
export function nodeMeans(panel, values, weights) {
  const { children, metricAt } = panel.snapshot;
  const n = panel.models.length;
  const at = new Map(panel.metrics.map((metric, j) => [metric, j]));
  /**
   * @param {string} node
   * @returns {Float64Array | null}  null where the panel has no metric below the node that counts
   */
  const mean = (node) => {
    const metric = metricAt.get(node);
    if (metric !== undefined) {
      const column = at.get(metric);
      return column === undefined || weights?.own[column] === 0 ? null : values[column];
    }
    const below = [], counts = [];
    for (const child of children.get(node) ?? []) {
      const found = mean(child);
      if (!found) continue;
      below.push(found);
      const column = at.get(metricAt.get(child) ?? -1);
      counts.push(weights ? (column === undefined ? weights.groups.get(child) ?? 1 : weights.own[column]) : 1);
    }
    return below.length ? meanOf(below, n, weights ? counts : null) : null;
  };
  return (node) => mean(node) ?? new Float64Array(n).fill(NaN);
}

/**
 * The panel's metrics that count at all: weight 0 is as if there were none.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function counting({ metrics }, weights) {
  return weights ? metrics.filter((_, j) => weights.asked[j] > 0) : metrics;
}

/**
 * The groups that are weighed against each other: those with a role where there are two or more, else the top; of
 * what has weight.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function fairGroups(panel, weights) {
  const { given, children, leaves } = panel.snapshot;
  const chosen = new Set(counting(panel, weights));
  const has = (/** @type {string} */ node) => (leaves.get(node) ?? []).some((metric) => chosen.has(metric));
  const withRole = given.groups.filter((group) => group.role && has(group.id)).map((group) => group.id);
  return withRole.length > 1 ? withRole : (children.get("") ?? []).filter(has);
}
