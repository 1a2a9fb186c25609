// @ts-check
/** One snapshot as the explorer holds it: what api/explorer.json says, in arrays that are quick to walk. */

/**
 * @typedef {{ id: string, name: string, parent: string, higher_is_better: boolean }} Metric
 * @typedef {{ id: string, name: string, parent: string, role: string }} Group
 * @typedef {{ id: string, title: string, metrics: number[] }} Selection
 * @typedef {{ id: string, title: string, sentence: string, left_out: string }} Policy
 * @typedef {{
 *   id: string, title: string, short: string, formula: string, higher_is_better: boolean,
 *   refused: Record<string, string>,
 * }} Scheme
 * @typedef {{ selection: string, policy: string, scheme: string }} ViewKey
 * @typedef {{
 *   format: number, study: string, snapshot: string, models_are: string, source: string,
 *   models: { id: string[], name: string[], page: boolean[] },
 *   groups: Group[], metrics: Metric[],
 *   scores: (number | "failed" | null)[][], holds: "scores" | "ranks",
 *   selections: Selection[], policies: Policy[], schemes: Scheme[],
 *   sentences: Record<string, string>,
 *   views: Record<string, Record<string, string[]>>,
 *   seeds: Record<string, Record<string, string>>,
 *   draws: { most: number, dear_most: number, dear: string[] },
 *   default: ViewKey, baseline: string, most_compared: number,
 * }} ExplorerDocument
 */

export const FORMAT = 1;
export const SCORED = 2, FAILED = 1, MISSING = 0;

/**
 * @typedef {object} Snapshot
 * @property {ExplorerDocument} given
 * @property {string[]} ids  of the models
 * @property {string[]} names
 * @property {Float64Array[]} turned  metric -> model -> score with more always better; NaN without one
 * @property {Uint8Array[]} states  metric -> model -> SCORED, FAILED or MISSING
 * @property {Int32Array[]} order  metric -> its scored models, best first
 * @property {Map<string, string[]>} children  node -> nodes right below, in tree order; "" is the top
 * @property {Map<string, number[]>} leaves  node -> positions of the metrics below it; a metric has itself
 * @property {Map<string, number>} metricAt  metric id -> its position
 * @property {Map<string, string>} parents
 * @property {Map<string, string>} nodeNames
 * @property {Set<string>} groupIds
 * @property {Map<string, number>} modelAt  model id -> its position
 */

/** @param {string} address  of the document */
export async function fetchSnapshot(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return readSnapshot(await answer.json());
}

/**
 * @param {ExplorerDocument} given
 * @returns {Snapshot}
 */
export function readSnapshot(given) {
  if (given.format !== FORMAT) throw new Error(`a document of format ${given.format}, not ${FORMAT}`);
  const n = given.models.id.length;
  const turned = given.metrics.map((metric, j) => {
    const sign = metric.higher_is_better ? 1 : -1;
    return Float64Array.from(given.scores[j], (cell) => (typeof cell === "number" ? sign * cell : NaN));
  });
  const states = given.scores.map((column) =>
    Uint8Array.from(column, (cell) => (cell === null ? MISSING : cell === "failed" ? FAILED : SCORED)));
  const order = turned.map((column) => {
    const scored = [];
    for (let i = 0; i < n; i++) if (column[i] === column[i]) scored.push(i);
    return Int32Array.from(scored.sort((a, b) => column[b] - column[a] || a - b));
  });
  return {
    given, turned, states, order,
    ids: given.models.id,
    names: given.models.name,
    modelAt: new Map(given.models.id.map((id, i) => [id, i])),
    ...readTree(given),
  };
}

/** @param {ExplorerDocument} given */
function readTree(given) {
  const metricAt = new Map(given.metrics.map((metric, j) => [metric.id, j]));
  const nodes = [...given.groups, ...given.metrics];
  const parents = new Map(nodes.map((node) => [node.id, node.parent]));
  /** @type {Map<string, number[]>} */
  const leaves = new Map(nodes.map((node) => [node.id, []]));
  leaves.set("", []);
  given.metrics.forEach((metric, j) => {
    for (let at = metric.id; at; at = parents.get(at) ?? "") leaves.get(at)?.push(j);
    leaves.get("")?.push(j);
  });
  const first = (/** @type {string} */ node) => leaves.get(node)?.[0] ?? -1;
  /** @type {Map<string, string[]>} */
  const children = new Map([["", []], ...given.groups.map((group) => /** @type {[string, string[]]} */ ([group.id, []]))]);
  for (const node of nodes) children.get(node.parent)?.push(node.id);
  for (const below of children.values()) below.sort((a, b) => first(a) - first(b));
  return {
    metricAt, parents, leaves, children,
    nodeNames: new Map(nodes.map((node) => [node.id, node.name])),
    groupIds: new Set(given.groups.map((group) => group.id)),
  };
}
