// @ts-check
/** Tables as text for spreadsheets. */

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
