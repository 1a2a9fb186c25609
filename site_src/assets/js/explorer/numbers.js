// @ts-check
/** Sums in NumPy's order, numbers as they are published, places. */

const DIGITS = 12;
const BLOCK = 128;

/**
 * Sum of values[from .. from + n), added as NumPy adds a row, so that the last digit is the same.
 * @param {ArrayLike<number>} values
 * @param {number} from
 * @param {number} n
 * @returns {number}
 */
export function sum(values, from, n) {
  if (n < 8) {
    let total = 0;
    for (let i = 0; i < n; i++) total += values[from + i];
    return total;
  }
  if (n > BLOCK) {
    let half = n >> 1;
    half -= half % 8;
    return sum(values, from, half) + sum(values, from + half, n - half);
  }
  let [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => values[from + k]);
  let i = 8;
  for (; i < n - (n % 8); i += 8) {
    const at = from + i;
    a += values[at]; b += values[at + 1]; c += values[at + 2]; d += values[at + 3];
    e += values[at + 4]; f += values[at + 5]; g += values[at + 6]; h += values[at + 7];
  }
  let total = a + b + (c + d) + (e + f + (g + h));
  for (; i < n; i++) total += values[from + i];
  return total;
}

/**
 * The number that is published: 12 significant digits, an exact half to the even digit, as Python has it.
 * @param {number} value
 */
export function rounded(value) {
  if (!Number.isFinite(value) || value === 0) return value;
  if (/5(e|$)/.test(value.toPrecision(DIGITS + 1))) {
    const [exact, exponent] = value.toExponential(40).split("e");
    // Sign, digit, point, then the digits: an even one, a 5 and nothing behind it.
    const [, kept, behind] = /** @type {RegExpExecArray} */ (/^(-?\d\.\d{11})(\d*)$/.exec(exact));
    if (/[02468]$/.test(kept) && /^50*$/.test(behind)) return Number(`${kept}e${exponent}`);
  }
  return Number(value.toPrecision(DIGITS));
}

/**
 * A published number as the site's CSV has it: the shortest digits, written as Python does.
 * @param {number} value
 */
export function numberText(value) {
  if (Number.isNaN(value)) return "";
  const shown = rounded(value), size = Math.abs(shown);
  if (shown === 0) return "0";
  if (size < 1e-4 || size >= 1e16) return shown.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return `${shown}${size >= 1e15 ? ".0" : ""}`;
}

/**
 * Competition places, 1 = best: equal to 12 digits is equal, and shares the best of its places. 0 without a value.
 * @param {Float64Array} values
 * @param {boolean} higherIsBetter
 */
export function places(values, higherIsBetter) {
  const published = Float64Array.from(values, rounded);
  const sorted = published.filter((value) => value === value).sort();
  /** @type {Map<number, number>} */
  const at = new Map();
  const n = sorted.length;
  for (let i = 0; i < n; i++) {
    if (higherIsBetter) at.set(sorted[i], n - i);
    else if (!at.has(sorted[i])) at.set(sorted[i], i + 1);
  }
  return Int32Array.from(published, (value) => at.get(value) ?? 0);
}

/**
 * Values stretched onto [0, 1], 1 = best, for bars. Where all are equal all are best.
 * @param {Float64Array} values
 * @param {boolean} higherIsBetter
 */
export function display(values, higherIsBetter) {
  let low = Infinity, high = -Infinity;
  const published = Float64Array.from(values, rounded);
  for (const value of published) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = high - low;
  return published.map((value) => {
    if (value !== value) return NaN;
    if (span === 0) return 1;
    return (higherIsBetter ? value - low : high - value) / span;
  });
}
