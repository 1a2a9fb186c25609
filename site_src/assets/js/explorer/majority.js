// @ts-check
/** Schemes that compare models two by two. */

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./schemes.js").Weights} Weights */

/** Weights need not be whole, so that equal sums may differ in the last digits. */
const NOISE = 1e-9;

/** Two ranks stand in one number, each below a guard bit that a difference leaves set or not. */
const GUARD = 0x80008000, ONES = 0x00010001, NEVER = 0x7fff;

/**
 * By what weight of metrics each row is better than each other: n x n, row by row, less what it is worse by.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
function margins(panel, weights) {
  const given = new Map(panel.metrics.map((metric, j) => [metric, weights ? weights.flat[j] : 1]));
  const held = before && sameModels(before.panel, panel) ? before : null;
  if (held && held.panel === panel && same(held.weights, given)) return held.margins;
  const exact = [...given.values()].every((weight) => Number.isInteger(weight * FINEST));
  const changed = new Map([...(held?.weights ?? [])].map(([metric, weight]) => [metric, (given.get(metric) ?? 0) - weight]));
  for (const [metric, weight] of given) if (!held?.weights.has(metric)) changed.set(metric, weight);
  const differing = [...changed].filter(([, weight]) => weight !== 0);
  // What stays is not counted again, where sums come out the same either way.
  const found = held && exact && held.exact && differing.length * 2 < given.size
    ? add(held.margins.slice(), differing, held.panel, panel)
    : add(new Float64Array(panel.models.length ** 2), [...given], panel, panel);
  before = { panel, weights: given, margins: found, exact };
  return found;
}

/** Sums of weights that are whole numbers of such parts are exact. */
const FINEST = 64;

/** The last that was made: most changes are of a metric or a few. @type {{ panel: Panel, weights: Map<number, number>, margins: Float64Array, exact: boolean } | null} */
let before = null;

/**
 * @param {Map<number, number>} a
 * @param {Map<number, number>} b
 */
function same(a, b) {
  return a.size === b.size && [...a].every(([metric, weight]) => b.get(metric) === weight);
}

/**
 * Whether two panels rank the same models by the same rules, so that a metric's ranks are the same in both.
 * @param {Panel} a
 * @param {Panel} b
 */
function sameModels(a, b) {
  return a.snapshot === b.snapshot && a.policy === b.policy && a.models.length === b.models.length &&
    a.models.every((model, row) => b.models[row] === model);
}

/**
 * Add what metrics of the snapshot say, each as often as it weighs.
 * @param {Float64Array} found
 * @param {[number, number][]} weighed
 * @param {Panel} old  where a metric's ranks are, if the new one has it no more
 * @param {Panel} panel
 */
function add(found, weighed, old, panel) {
  const n = panel.models.length;
  /** @type {Map<number, Float64Array[]>} */
  const byWeight = new Map();
  for (const [metric, weight] of weighed) {
    const at = panel.metrics.indexOf(metric);
    const ranks = at < 0 ? old.ranks[old.metrics.indexOf(metric)] : panel.ranks[at];
    if (weight !== 0) byWeight.set(weight, [...(byWeight.get(weight) ?? []), ranks]);
  }
  for (const [weight, columns] of byWeight) {
    const packed = pack(columns, n);
    for (let i = 1; i < n; i++) addRow(found, i, n, weight, packed);
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) found[k * n + i] = -found[i * n + k];
  return found;
}

/**
 * Twice each rank, two metrics to a number: as the one that is to be better, and as the one that is to be worse.
 * A row without a rank is never better and nothing is better than it.
 * @param {Float64Array[]} columns  of ranks
 * @param {number} n
 */
function pack(columns, n) {
  const length = (columns.length + 1) >> 1;
  const better = new Int32Array(n * length).fill(NEVER << 16 | NEVER), worse = new Int32Array(n * length).fill(GUARD - ONES);
  columns.forEach((ranks, position) => {
    const shift = position % 2 ? 16 : 0;
    for (let i = 0, at = position >> 1; i < n; i++, at += length) {
      const rank = ranks[i];
      if (rank !== rank) continue;
      better[at] -= (NEVER - 2 * rank) << shift;
      worse[at] += (2 * rank) << shift;
    }
  });
  return { better, worse, length };
}

/**
 * Row i against every row before it.
 * @param {Float64Array} found
 * @param {number} i
 * @param {number} n
 * @param {number} weight
 * @param {{ better: Int32Array, worse: Int32Array, length: number }} packed
 */
function addRow(found, i, n, weight, { better, worse, length }) {
  for (let k = 0; k < i; k++) {
    let won = 0, lost = 0;
    for (let a = i * length, b = k * length, end = a + length; a < end; a++, b++) {
      won += ((worse[b] - better[a]) >>> 15) & ONES;
      lost += ((worse[a] - better[b]) >>> 15) & ONES;
    }
    found[i * n + k] += weight * ((won & NEVER) + (won >>> 16) - (lost & NEVER) - (lost >>> 16));
  }
}

/**
 * Models beaten by a majority of metrics, less those that beat it so.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function copeland(panel, weights) {
  const n = panel.models.length, margin = margins(panel, weights), found = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let score = 0;
    for (let at = i * n; at < i * n + n; at++) score += Number(margin[at] > NOISE) - Number(margin[at] < -NOISE);
    found[i] = score;
  }
  return found;
}

/**
 * By what weight of metrics a model loses, at most, against any other.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function minimax(panel, weights) {
  const n = panel.models.length, margin = margins(panel, weights);
  const found = new Float64Array(n);
  for (let i = 0; i < n && n > 1; i++) {
    let worst = -Infinity;
    for (let k = 0; k < n; k++) if (k !== i && -margin[i * n + k] > worst) worst = -margin[i * n + k];
    found[i] = worst;
  }
  return found;
}

/**
 * The model with the lowest Borda count leaves, counts are made anew: the place at which each leaves.
 * Every row has a rank on every metric, for the policies that this takes leave none out.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function baldwin(panel, weights) {
  const n = panel.models.length, margin = margins(panel, weights);
  // Twice a count is its margins, and as much for every opponent: what all have alike orders nothing.
  const count = new Float64Array(n), found = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let at = i * n; at < i * n + n; at++) count[i] += margin[at];
  let left = Array.from({ length: n }, (_, i) => i);
  while (left.length) {
    let least = Infinity;
    for (const row of left) if (count[row] < least) least = count[row];
    const leaving = left.filter((row) => count[row] <= least + NOISE);
    left = left.filter((row) => count[row] > least + NOISE);
    for (const gone of leaving) {
      found[gone] = left.length + 1;
      for (const row of left) count[row] += margin[gone * n + row];
    }
  }
  return found;
}
