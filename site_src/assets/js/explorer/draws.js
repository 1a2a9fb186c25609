// @ts-check
/**
 * Sets of metrics drawn anew, the same ones as the builder's: NumPy's SeedSequence and the raw output of PCG64
 * (O'Neill 2014, XSL-RR), and from values over the draws to where each model is likely to stand.
 */

import { counting, fairGroups } from "./tree.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./schemes.js").Weights} Weights */

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const ALL128 = (1n << 128n) - 1n, ALL64 = (1n << 64n) - 1n;
const STEPS = 2 ** 40, LEVEL = 0.95;

/**
 * NumPy's SeedSequence(seed).generate_state(8, uint32).
 * @param {bigint} seed
 */
function seedState(seed) {
  /** @type {number[]} */
  const entropy = [];
  for (let left = seed; left || !entropy.length; left >>= 32n) entropy.push(Number(left & 0xffffffffn));
  let constant = 0x43b0d7e5;
  const hash = (/** @type {number} */ value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mix = (/** @type {number} */ x, /** @type {number} */ y) => {
    const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return value ^ (value >>> 16);
  };
  const pool = [0, 1, 2, 3].map((i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  constant = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, i) => {
    let value = pool[i % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

/**
 * The upper 32 bits of PCG64's raw output, one a call.
 * @param {bigint} seed  below 2 ** 128
 */
export function rawHigh(seed) {
  const words = seedState(seed).map(BigInt);
  const pair = (/** @type {number} */ i) => (words[i + 1] << 32n) | words[i];
  const start = (pair(0) << 64n) | pair(2);
  const increment = ((((pair(4) << 64n) | pair(6)) << 1n) | 1n) & ALL128;
  let state = (increment + start) & ALL128;
  state = (state * MULTIPLIER + increment) & ALL128;
  return () => {
    state = (state * MULTIPLIER + increment) & ALL128;
    const folded = (state >> 64n) ^ (state & ALL64), turn = state >> 122n;
    const output = ((folded >> turn) | (folded << (64n - turn))) & ALL64;
    return Number(output >> 32n);
  };
}

/**
 * How often each metric is in the next draw, with as many of each stratum as it has; a call a draw.
 * @param {number[]} strata  metric -> number of its stratum, below 0 for one that is never drawn
 * @param {bigint} seed
 * @returns {() => Float64Array}
 */
export function drawer(strata, seed) {
  /** @type {Map<number, number[]>} */
  const members = new Map();
  strata.forEach((stratum, j) => members.set(stratum, [...(members.get(stratum) ?? []), j]));
  const next = rawHigh(seed);
  return () => {
    const counts = new Float64Array(strata.length);
    for (const stratum of strata) {
      if (stratum < 0) continue;
      const among = /** @type {number[]} */ (members.get(stratum));
      counts[among[Math.floor((next() * among.length) / 2 ** 32)]]++;
    }
    return counts;
  };
}

/**
 * Which metrics are drawn from among each other: by group where it has two or more, all others together; -1 for
 * those without weight.
 * @param {Panel} panel
 * @param {Weights | null} weights
 */
export function strataOf(panel, weights) {
  const counted = new Set(counting(panel, weights));
  const found = panel.metrics.map((metric) => Number(counted.has(metric)) - 1);
  fairGroups(panel, weights).forEach((group, number) => {
    if (!panel.snapshot.groupIds.has(group)) return;
    const below = new Set(panel.snapshot.leaves.get(group));
    const inside = panel.metrics.flatMap((metric, j) => (counted.has(metric) && below.has(metric) ? [j] : []));
    if (inside.length > 1) for (const j of inside) found[j] = number + 1;
  });
  return found;
}

/** Share of the draws below which those that give a ranking must differ, for anything to be said. */
export const USABLE = 0.6;
/** Pairs of models times metrics that a draw may take, where a scheme compares every two models. */
const ROOM = 3e7;

/**
 * How many draws a scheme gets at most, 0 where they would take a browser too long, and how many different ones.
 * @param {Snapshot} snapshot
 * @param {string} scheme
 * @param {number} ranked  models
 * @param {number} metrics
 */
export function drawsOf(snapshot, scheme, ranked, metrics) {
  const { most, dear_most: dearMost, dear } = snapshot.given.draws;
  if (!dear.includes(scheme)) return { most, different: most };
  return { most: scheme !== "threshold" && ranked ** 2 * metrics > ROOM ? 0 : most, different: dearMost };
}

/**
 * Metrics that count as often as they are drawn, on top of the reader's weights.
 * @param {Float64Array} counts
 * @param {Weights | null} weights
 * @returns {Weights}
 */
export function drawnWeights(counts, weights) {
  if (!weights) return { flat: counts, asked: counts.map(() => 1), own: counts, groups: new Map() };
  return {
    asked: weights.asked,
    flat: counts.map((count, j) => count * weights.flat[j]),
    own: counts.map((count, j) => count * weights.own[j]),
    groups: weights.groups,
  };
}

/**
 * Competition places within one draw; values that differ by less than a part in 2 ** 40 of its range tie.
 * @param {Float64Array} values
 * @param {boolean} higherIsBetter
 */
export function drawnPlaces(values, higherIsBetter) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const size = Math.max(Math.abs(low), Math.abs(high), 1e-300);
  const span = high - low > 1e-12 * size ? high - low : Infinity;
  const levels = values.map((value) => Math.round(((higherIsBetter ? high - value : value - low) / span) * STEPS));
  const ordered = levels.filter((level) => level === level).sort();
  return Int32Array.from(levels, (level) => (level === level ? 1 + below(ordered, level) : 0));
}

/**
 * How many of the ordered values are smaller.
 * @param {Float64Array} ordered
 * @param {number} value
 */
function below(ordered, value) {
  let from = 0, to = ordered.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ordered[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * The middle 95 % of the places of each row; 0 for a row without any.
 * @param {Int32Array[]} drawn  draw -> row -> place, 0 without
 * @param {number} n  rows
 */
export function likelyPlaces(drawn, n) {
  const low = new Int32Array(n), high = new Int32Array(n), held = new Int32Array(drawn.length);
  for (let row = 0; row < n; row++) {
    let number = 0;
    for (const places of drawn) if (places[row] > 0) held[number++] = places[row];
    if (!number) continue;
    const ordered = held.subarray(0, number).sort();
    const cut = Math.floor(((1 - LEVEL) / 2) * number + 1e-9);
    low[row] = ordered[cut];
    high[row] = ordered[number - 1 - cut];
  }
  return { low, high };
}
