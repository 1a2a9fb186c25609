// @ts-check
/** The order of cells in a column. */

/**
 * Made when texts are first compared: that takes a browser longer than all else that a page of ours does.
 * @type {Intl.Collator | null}
 */
let collator = null;

/**
 * Cells without a number go last whichever way the column is sorted.
 * @param {number | string} a
 * @param {number | string} b
 * @param {number} sign
 */
export function compare(a, b, sign) {
  if (typeof a === "string" || typeof b === "string") {
    collator ??= new Intl.Collator("en", { numeric: true });
    return sign * collator.compare(String(a), String(b));
  }
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return sign * (a - b);
}
