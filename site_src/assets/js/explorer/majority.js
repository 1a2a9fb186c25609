// @ts-check
/** Schemes that compare models two by two. */

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./schemes.js").Weights} Weights */

/** Weights need not be whole, so that equal sums may differ in the last digits. */
const NOISE = 1e-9;

/** Models beyond which their pairs do not fit in memory, or into a reader's patience. */
export const MOST_MODELS = 3000;

/** Two ranks stand in one number, each below a guard bit that a difference leaves set or not. */
const GUARD = 0x80008000, ONES = 0x00010001, NEVER = 0x7fff;

/**
 * By what weight of metrics each row is better than each other: n x n, row by row, less what it is worse by.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
function margins(panel, weights) {
  if (!weights && panel.held.has("margins")) return /** @type {Float64Array} */ (panel.held.get("margins"));
  const n = panel.models.length, found = new Float64Array(n * n);
  /** @type {Map<number, number[]>} */
  const byWeight = new Map();
  panel.metrics.forEach((_, j) => {
    const weight = weights ? weights.flat[j] : 1;
    if (weight > 0) byWeight.set(weight, [...(byWeight.get(weight) ?? []), j]);
  });
  for (const [weight, metrics] of byWeight) {
    const packed = pack(panel, metrics);
    for (let i = 1; i < n; i++) addRow(found, i, n, weight, packed);
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) found[k * n + i] = -found[i * n + k];
  if (!weights) panel.held.set("margins", found);
  return found;
}

/**
 * Twice each rank, two metrics to a number: as the one that is to be better, and as the one that is to be worse.
 * A row without a rank is never better and nothing is better than it.
 * @param {Panel} panel
 * @param {number[]} metrics
 */
function pack(panel, metrics) {
  const n = panel.models.length, length = (metrics.length + 1) >> 1;
  const better = new Int32Array(n * length).fill(NEVER << 16 | NEVER), worse = new Int32Array(n * length).fill(GUARD - ONES);
  metrics.forEach((metric, position) => {
    const ranks = panel.ranks[metric], shift = position % 2 ? 16 : 0;
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
