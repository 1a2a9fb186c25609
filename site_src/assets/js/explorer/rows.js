// @ts-check
/** What is made of one row of a panel: its mean, its sorted values, its median. */

import { sum } from "./numbers.js";

/**
 * A row's values, lowest first, and how often each counts; no weights where each counts once.
 * @typedef {{ values: Float64Array, weights: Float64Array | null }} Runs
 */

const NOISE = 1e-12;

/**
 * A sum, 0 where it is only what rounding left beside the size of its terms.
 * @param {number} total
 * @param {number} size
 */
export function withoutNoise(total, size) {
  return Math.abs(total) <= NOISE * size ? 0 : total;
}

/**
 * Mean of each row over its values that are not NaN; NaN for a row without any.
 * @param {Float64Array[]} columns  metric -> row -> value
 * @param {number} n  rows
 * @param {ArrayLike<number> | null} weights  metric -> how often it counts
 */
export function meanOf(columns, n, weights) {
  return weights ? weightedMean(columns, n, weights) : plainMean(columns, n);
}

/**
 * @param {Float64Array[]} columns
 * @param {number} n
 */
function plainMean(columns, n) {
  const m = columns.length, row = new Float64Array(m), found = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let present = 0, size = 0;
    for (let j = 0; j < m; j++) {
      const value = columns[j][i];
      const there = value === value;
      row[j] = there ? value : 0;
      size += Math.abs(row[j]);
      if (there) present++;
    }
    found[i] = present ? withoutNoise(sum(row, 0, m), size) / present : NaN;
  }
  return found;
}

/**
 * @param {Float64Array[]} columns
 * @param {number} n
 * @param {ArrayLike<number>} weights
 */
function weightedMean(columns, n, weights) {
  const [total, weight, size] = [0, 1, 2].map(() => new Float64Array(n));
  columns.forEach((column, j) => {
    const w = weights[j];
    if (w === 0) return;
    for (let i = 0; i < n; i++) {
      const value = column[i];
      if (value === value) {
        total[i] += w * value;
        weight[i] += w;
        size[i] += w * Math.abs(value);
      }
    }
  });
  return total.map((one, i) => (weight[i] > 0 ? withoutNoise(one, size[i]) / weight[i] : NaN));
}

/**
 * @param {Float64Array[]} columns
 * @param {number} row
 * @param {ArrayLike<number> | null} weights
 * @returns {Runs}
 */
export function sorted(columns, row, weights) {
  if (!weights) {
    const values = new Float64Array(columns.length);
    for (let j = 0; j < values.length; j++) values[j] = columns[j][row];
    return { values: values.sort(), weights: null };
  }
  const metrics = [];
  for (let j = 0; j < columns.length; j++) if (weights[j] > 0) metrics.push(j);
  metrics.sort((a, b) => columns[a][row] - columns[b][row]);
  return {
    values: Float64Array.from(metrics, (j) => columns[j][row]),
    weights: Float64Array.from(metrics, (j) => weights[j]),
  };
}

/**
 * The value in the middle of a row; between two, their mean. NaN for a row without weight.
 * @param {Float64Array[]} columns
 * @param {number} row
 * @param {ArrayLike<number> | null} weights
 */
export function medianOf(columns, row, weights) {
  const runs = sorted(columns, row, weights), { values } = runs;
  const m = values.length;
  if (!m) return NaN;
  if (!runs.weights) return (values[(m - 1) >> 1] + values[m >> 1]) / 2;
  const half = runs.weights.reduce((a, b) => a + b, 0) / 2;
  let seen = 0, at = 0;
  while (at < m - 1 && seen + runs.weights[at] < half - 1e-12) seen += runs.weights[at++];
  const exactly = Math.abs(seen + runs.weights[at] - half) <= 1e-12;
  return exactly && at < m - 1 ? (values[at] + values[at + 1]) / 2 : values[at];
}
