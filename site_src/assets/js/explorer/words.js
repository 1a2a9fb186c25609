// @ts-check
/** Numbers and words as the other pages show them (builder/site/words.py). */

export const DASH = "\u2013";
const MINUS = "\u2212", NARROW = "\u202f";
/** Decimals at which nothing is rounded that is near a half. */
const EXACT = 40;

/**
 * @param {number} value
 * @param {number} digits
 */
export function fixed(value, digits) {
  if (!Number.isFinite(value)) return DASH;
  const size = Math.abs(value), exact = size.toFixed(EXACT);
  const kept = exact.slice(0, digits - EXACT - Number(digits === 0));
  // An exact half goes to the even digit, as Python has it; toFixed takes it up.
  const half = /[02468]$/.test(kept) && /^\.?50*$/.test(exact.slice(kept.length));
  const text = half ? kept : size.toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * A correlation with two decimals, with more where two would make it 1 or -1 and it is not.
 * @param {number} value
 */
export function rho(value) {
  const size = Math.abs(value);
  for (const digits of [2, 3, 4]) if (size === 1 || Number(fixed(size, digits)) !== 1) return fixed(value, digits);
  return `${value < 0 ? "under" : "over"} ${fixed(Math.sign(value) * 0.9999, 4)}`;
}

/**
 * Decimals at which a column keeps three or four digits; none where all are whole.
 * @param {ArrayLike<number>} values
 */
export function decimalsFor(values) {
  let largest = 0, known = 0, whole = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    known++;
    whole += Number(Number.isInteger(values[i]));
    largest = Math.max(largest, Math.abs(values[i]));
  }
  if (known && known === whole) return 0;
  return largest >= 100 ? 1 : largest >= 10 ? 2 : 3;
}

/** @param {number} number */
export function count(number) {
  return number >= 10000 ? String(number).replace(/\B(?=(\d{3})+$)/g, NARROW) : String(number);
}

/**
 * @param {number} number
 * @param {string} singular
 * @param {string} [plural]
 */
export function counted(number, singular, plural = `${singular}s`) {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

/** @param {string} title */
export function inside(title) {
  return /^(Baldwin|Borda|Bradley|Copeland|Dowdall|Kemeny|Spearman)/.test(title) ? title : lower(title);
}

/** @param {string} text */
function lower(text) {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** @param {string} text */
export function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** @param {number} steps  places moved, up above 0 */
export function moveText(steps) {
  if (!steps) return DASH;
  const many = Math.abs(steps) > MANY_PLACES;
  return `${steps > 0 ? (many ? "▲" : "△") : many ? "▼" : "▽"} ${Math.abs(steps)}`;
}

/** Moves of more places are marked, as in Ahlert et al. (2024), Fig. 3. */
export const MANY_PLACES = 10;
