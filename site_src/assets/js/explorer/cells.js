// @ts-check
/** Cells of a table: their order in a column, and as text for spreadsheets. */

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

/**
 * @param {string[][]} lines
 * @param {string} [between]
 */
export function csv(lines, between = ",") {
  return lines.map((cells) => `${cells.map((cell) => safe(cell, between)).join(between)}\n`).join("");
}

/**
 * What a spreadsheet would run as a formula is preceded by an apostrophe (builder/catalog/tables.py); a number is none.
 * @param {string} cell
 * @param {string} between
 */
function safe(cell, between) {
  const text = /^'*[=+\-@\t\r]/.test(cell) && !/^-\d+(\.\d+)?(e[+-]\d+)?$/.test(cell) ? `'${cell}` : cell;
  return text.includes(between) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
