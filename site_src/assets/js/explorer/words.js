// @ts-check
/** Numbers and words as the other pages show them (builder/site/words.py). */

export const DASH = "\u2013";
const MINUS = "\u2212", NARROW = "\u202f";

/**
 * @param {number} value
 * @param {number} digits
 */
export function fixed(value, digits) {
  if (!Number.isFinite(value)) return DASH;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * Decimals at which a column keeps three or four digits.
 * @param {ArrayLike<number>} values
 */
export function decimalsFor(values) {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) largest = Math.max(largest, Math.abs(values[i]));
  }
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
