// @ts-check
/** Schemes whose weights come from the scores: the first principal component, and fair contribution. */

import { scores, zScores } from "./columns.js";
import { sum } from "./numbers.js";
import { withoutNoise } from "./rows.js";
import { fairGroups, nodeMeans } from "./tree.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./schemes.js").Weights} Weights */

const SWEEPS = 60, SINGULAR = 1e-9, ALIKE = 1e-9;

/** Squarings at most, after which an eigenvalue that is left beside the largest is its equal; those that leave none
 * that is smaller by 1e-8 of it; what part of the sum the others may have for the next squaring to remove them. */
const SQUARINGS = 40, CLEAR = 30, ALONE = 1e-8;

/**
 * Scores on the first principal component of the z-scores, the sum of its loadings not negative.
 * @param {Panel} panel
 * @param {Weights | null} weights  a metric of weight w stands w times
 */
export function firstComponent(panel, weights) {
  const z = zScores(panel), n = panel.models.length, { loading } = component(panel, weights);
  const sign = sum(loading, 0, z.length) < 0 ? -1 : 1;
  const found = new Float64Array(n), size = new Float64Array(n);
  z.forEach((column, j) => {
    for (let i = 0; i < n; i++) {
      const term = sign * loading[j] * column[i];
      found[i] += term;
      size[i] += Math.abs(term);
    }
  });
  return found.map((value, i) => withoutNoise(value, size[i]));
}

/**
 * Why there is no first component with a better end: a key of the document's sentences; empty where there is.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function componentFault(panel, weights) {
  const { loading, tied, largest } = component(panel, weights);
  if (!(largest > 0)) return "";
  if (tied) return "component_tied";
  const size = loading.reduce((total, value) => total + Math.abs(value), 0);
  return Math.abs(sum(loading, 0, loading.length)) <= ALIKE * size ? "component_balanced" : "";
}

/**
 * The last that was asked for is kept.
 * @param {Panel} panel
 * @param {Weights | null} weights
 * @returns {{ loading: Float64Array, largest: number, tied: boolean }}  what each metric's z-scores are multiplied by,
 *   the largest eigenvalue, whether another is as large
 */
function component(panel, weights) {
  const { held } = panel, key = String(weights?.flat);
  if (held.get("component")?.key === key) return held.get("component");
  const z = zScores(panel);
  if (!held.has("z-products")) held.set("z-products", products(z));
  const given = /** @type {Float64Array[]} */ (held.get("z-products"));
  const root = Float64Array.from(z, (_, j) => Math.sqrt(weights ? weights.flat[j] : 1));
  const matrix = given.map((row, j) => row.map((value, k) => root[j] * root[k] * value));
  const { vector, squared } = leading(matrix);
  const largest = quadratic(matrix, vector);
  let second = 0;
  if (squared > CLEAR) {
    // What is left of the matrix without its first component has the second for its first.
    const left = matrix.map((row, j) => row.map((value, k) => value - largest * vector[j] * vector[k]));
    second = quadratic(left, leading(left).vector);
  }
  const found = {
    key, largest, loading: vector.map((value, j) => root[j] * value),
    tied: Math.sqrt(Math.max(second, 0)) > (1 - ALIKE) * Math.sqrt(largest),
  };
  held.set("component", found);
  return found;
}

/**
 * @param {Float64Array[]} matrix
 * @param {Float64Array} vector
 */
function quadratic(matrix, vector) {
  let total = 0;
  matrix.forEach((row, j) => (total += vector[j] * dot(row, vector)));
  return total;
}

/**
 * Weighted mean of the groups' means, at weights that let every group explain the same share.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function fairContribution(panel, weights) {
  const found = new Float64Array(panel.models.length).fill(NaN);
  const fair = fairWeights(panel, weights);
  if (typeof fair === "string") return found;
  const mean = nodeMeans(panel, scores(panel), weights);
  found.fill(0);
  fair.forEach((weight, group) => {
    const column = mean(group);
    for (let i = 0; i < found.length; i++) found[i] += weight * column[i];
  });
  return found;
}

/**
 * Weight of each group's mean, summing to 1; or why there is none: a key of the document's sentences, with the
 * group that it is about behind a space.
 * @param {Panel} panel
 * @param {Weights | null} weights
 * @returns {Map<string, number> | string}
 */
export function fairWeights(panel, weights) {
  const groups = fairGroups(panel, weights);
  if (groups.length < 2) return "fair_one_group";
  const mean = nodeMeans(panel, scores(panel), weights);
  const columns = groups.map(mean);
  const n = panel.models.length;
  let largest = 1;
  for (const column of columns) for (const value of column) largest = Math.max(largest, Math.abs(value));
  const spreads = columns.map(spread);
  if (n < 3 || spreads.some((one) => !(one > 1e-12 * largest))) return "fair_constant";
  const z = columns.map((column, g) => {
    const middle = sum(column, 0, n) / n;
    return column.map((value) => (value - middle) / spreads[g]);
  });
  const correlation = z.map((a) => Float64Array.from(z, (b) => dot(a, b) / n));
  const { values, vectors } = eigen(correlation);
  if (Math.min(...values) < SINGULAR) return "fair_singular";
  const solved = groups.map((_, g) => {
    let total = 0;
    values.forEach((value, k) => {
      let projected = 0;
      for (const row of vectors) projected += row[k];
      total += (vectors[g][k] * projected) / value;
    });
    return total / spreads[g];
  });
  const lowest = solved.reduce((at, value, g) => (value < solved[at] ? g : at), 0);
  if (solved[lowest] <= 0) return `fair_negative ${groups[lowest]}`;
  const total = solved.reduce((a, b) => a + b, 0);
  return new Map(groups.map((group, g) => [group, solved[g] / total]));
}

/** @param {Float64Array} values */
function spread(values) {
  const n = values.length, middle = sum(values, 0, n) / n;
  return Math.sqrt(sum(values.map((value) => (value - middle) ** 2), 0, n) / n);
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/**
 * Sums of products of every two columns.
 * @param {Float64Array[]} columns
 */
function products(columns) {
  const found = columns.map(() => new Float64Array(columns.length));
  columns.forEach((a, j) => {
    for (let k = 0; k <= j; k++) found[j][k] = found[k][j] = dot(a, columns[k]);
  });
  return found;
}

/**
 * The eigenvector of the largest eigenvalue: the matrix is squared until no other has a part in it, and how often.
 * @param {Float64Array[]} matrix  symmetric, no eigenvalue below 0
 */
function leading(matrix) {
  const trace = (/** @type {Float64Array[]} */ of) => of.reduce((total, row, j) => total + row[j], 0);
  const scaled = (/** @type {Float64Array[]} */ of) => {
    const size = trace(of);
    return size > 0 ? of.map((row) => row.map((value) => value / size)) : of;
  };
  let power = scaled(matrix), squared = 0;
  for (let alone = false; !alone && squared < SQUARINGS; squared++) {
    const square = products(power);
    // Of a matrix of trace 1 this is the sum of its squared eigenvalues: 1 where it has only one.
    alone = trace(square) > 1 - ALONE;
    power = scaled(square);
  }
  const heaviest = power.reduce((best, row, j) => (row[j] > power[best][best] ? j : best), 0);
  const vector = power[heaviest], length = Math.sqrt(dot(vector, vector));
  return { vector: vector.map((value, j) => (length > 0 ? value / length : Number(j === 0))), squared };
}

/**
 * Eigenvalues of a symmetric matrix, and its eigenvectors as columns of rows (Jacobi 1846, cyclic by rows).
 * @param {Float64Array[]} matrix
 */
function eigen(matrix) {
  const m = matrix.length, a = matrix.map((row) => row.slice());
  const vectors = a.map((_, i) => Float64Array.from(a, (_row, k) => Number(i === k)));
  const size = Math.sqrt(a.reduce((total, row) => total + dot(row, row), 0));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < m; p++) for (let q = 0; q < p; q++) off = Math.max(off, Math.abs(a[p][q]));
    if (off <= 1e-17 * size) break;
    for (let p = 0; p < m - 1; p++) for (let q = p + 1; q < m; q++) rotate(a, vectors, p, q);
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

/**
 * Turn rows and columns p and q so that their entry vanishes.
 * @param {Float64Array[]} a
 * @param {Float64Array[]} vectors
 * @param {number} p
 * @param {number} q
 */
function rotate(a, vectors, p, q) {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1), s = t * c;
  for (const rows of [a, vectors]) {
    for (const row of rows) {
      const [x, y] = [row[p], row[q]];
      row[p] = c * x - s * y;
      row[q] = s * x + c * y;
    }
  }
  const [up, low] = [a[p], a[q]];
  for (let k = 0; k < up.length; k++) {
    const [x, y] = [up[k], low[k]];
    up[k] = c * x - s * y;
    low[k] = s * x + c * y;
  }
}
