// @ts-check
/** Tables marked `data-sort` sort by any column: a button in each head, ties stay in the order they had. */

import { compare } from "./explorer/cells.js";

/** @param {ParentNode} root */
export function sortableTables(root) {
  for (const table of root.querySelectorAll("table[data-sort]")) {
    if (table instanceof HTMLTableElement && table.tBodies[0].rows.length > 2) prepare(table);
  }
}

/** @param {HTMLTableElement} table */
function prepare(table) {
  [...table.tHead?.rows[0].cells ?? []].forEach((head, column) => {
    if (head.classList.contains("bar")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
}

/**
 * @param {HTMLTableElement} table
 * @param {HTMLTableCellElement} head
 * @param {number} column
 */
function sort(table, head, column) {
  const numeric = head.classList.contains("num");
  const first = numeric && !head.classList.contains("place") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const direction = head.getAttribute("aria-sort") === first ? other : first;
  for (const cell of table.tHead?.rows[0].cells ?? []) cell.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction);
  const sign = direction === "ascending" ? 1 : -1;
  const parts = [...table.tBodies].map((body) => ({ body, n: body.rows.length }));
  const keyed = parts.flatMap(({ body }) => [...body.rows]).map((row) => ({ row, key: keyOf(row.cells[column], numeric) }));
  keyed.sort((a, b) => compare(a.key, b.key, sign));
  let at = 0;
  for (const { body, n } of parts) body.append(...keyed.slice(at, at += n).map(({ row }) => row));
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {boolean} numeric
 * @returns {number | string}
 */
function keyOf(cell, numeric) {
  const text = cell.dataset.v ?? cell.textContent ?? "";
  return numeric ? Number.parseFloat(text.replace("\u2212", "-").replace(/[\u202f\u2009]/g, "")) : text;
}
