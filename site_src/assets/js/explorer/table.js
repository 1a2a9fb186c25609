// @ts-check
/**
 * A table of any number of rows, of which only those in view are in the page. It is a real table: its head says how
 * it is sorted, its rows say which they are of how many. Arrow keys go from row to row; Enter or space pins. The tab
 * key finds the buttons of one row only, and the box takes the focus of a row that is scrolled away until it is back.
 */

import { button, el } from "./dom.js";

/** @typedef {import("./rowset.js").Column} Column */

/**
 * @typedef {object} Shown
 * @property {Column[]} columns
 * @property {number[]} rows
 * @property {number} pinned  how many of the rows, from the first
 * @property {{ column: string, down: boolean }} sort
 * @property {string} label
 * @property {(row: number) => { name: string, address: string }} model
 */

/** Rows that must be there beyond those in view, and that are drawn beyond these. */
const NEAR = 4, BEYOND = 6;

/**
 * @param {(column: string) => void} sortBy
 * @param {(row: number) => void} pin
 */
export function makeTable(sortBy, pin) {
  const caption = el("caption", { className: "ab-unseen" });
  const head = el("tr", { "aria-rowindex": 1 });
  const body = el("tbody"), widths = el("colgroup");
  const table = el("table", { className: "ab-table ab-x__table" }, caption, widths, el("thead", {}, head), body);
  const box = el("div", { className: "ab-scroll ab-x__scroll", tabIndex: 0, role: "region" }, table);
  /** @type {Shown | null} */
  let shown = null;
  let first = 0, last = 0, height = 28, active = 0;
  /** Row whose button has the focus, or has lost it to scrolling; -1 for none. */
  let kept = -1;
  /** @type {string[]} */
  let heads = [];
  const [above, below] = [0, 1].map(() => el("tr", { "aria-hidden": "true", className: "ab-x__space" }, el("td")));

  /**
   * Draw the rows in view, and some beyond them. Rows that are there stay, unless all are to be drawn anew.
   * @param {boolean} anew
   */
  function draw(anew) {
    if (!shown) return;
    const { length } = shown.rows;
    const from = Math.min(length, Math.max(0, Math.floor(box.scrollTop / height) - NEAR));
    const to = Math.min(length, Math.ceil((box.scrollTop + box.clientHeight) / height) + NEAR);
    if (!anew && from >= first && to <= last) return;
    const [start, stop] = [Math.max(0, from - BEYOND), Math.min(length, to + BEYOND)];
    if (body.contains(document.activeElement)) {
      // A focused row that is removed has the page laid out while rows are missing, which would scroll the box back.
      if (anew || active < start || active >= stop) box.focus({ preventScroll: true });
      kept = active;
    } else if (document.activeElement !== box) kept = -1;
    if (anew || start >= last || stop <= first) {
      body.replaceChildren(above, ...lines(start, stop), below);
    } else {
      for (let at = first; at < start; at++) above.nextSibling?.remove();
      for (let at = last; at > stop; at--) below.previousSibling?.remove();
      above.after(...lines(start, first));
      below.before(...lines(last, stop));
    }
    [first, last] = [start, stop];
    for (const [space, missing] of /** @type {[HTMLElement, number][]} */ ([[above, first], [below, length - last]])) {
      space.style.height = `${missing * height}px`;
      space.hidden = missing === 0;
    }
    if (kept >= 0 && !body.contains(document.activeElement)) (pinOf(kept) ?? box).focus({ preventScroll: true });
  }

  /**
   * @param {number} position
   * @returns {HTMLElement | null}
   */
  function pinOf(position) {
    return body.querySelector(`[data-position="${position}"]`);
  }

  /**
   * @param {number} start
   * @param {number} stop
   */
  function lines(start, stop) {
    const { rows } = /** @type {Shown} */ (shown);
    return rows.slice(start, Math.max(start, stop)).map((row, at) => line(row, start + at));
  }

  /**
   * @param {number} row
   * @param {number} position
   */
  function line(row, position) {
    const { columns, pinned, model } = /** @type {Shown} */ (shown);
    const { name, address } = model(row);
    const isPinned = position < pinned;
    const star = button(isPinned ? "★" : "☆", () => pin(row));
    star.className = "ab-x__pin";
    star.setAttribute("aria-pressed", String(isPinned));
    star.setAttribute("aria-label", `Pin ${name}`);
    star.tabIndex = position === active ? 0 : -1;
    star.dataset.position = String(position);
    const cells = columns.map((column, at) => {
      if (at === 0) {
        const words = address ? el("a", { href: address, title: name, tabIndex: star.tabIndex }, name) : el("span", { title: name }, name);
        return el("th", { scope: "row", className: column.kind }, star, words);
      }
      const cell = el("td", { className: column.kind }, column.text(row));
      if (column.many?.(row)) cell.classList.add("ab-many");
      const share = column.bar?.(row);
      if (share !== undefined && share === share) cell.style.setProperty("--v", `${(share * 100).toFixed(1)}%`);
      return cell;
    });
    return el("tr", { "aria-rowindex": position + 2, className: isPinned ? "ab-x__pinned" : "" }, ...cells);
  }

  /** @param {Shown} given */
  function show(given) {
    shown = given;
    active = Math.min(active, Math.max(0, given.rows.length - 1));
    caption.textContent = given.label;
    box.setAttribute("aria-label", given.label);
    table.setAttribute("aria-rowcount", String(given.rows.length + 1));
    table.setAttribute("aria-colcount", String(given.columns.length));
    drawHead(given);
    draw(true);
    measure();
  }

  /**
   * The buttons of columns that stay are the ones that were there, so that they keep the focus.
   * @param {Shown} given
   */
  function drawHead({ columns, sort }) {
    const labels = columns.map((column) => `${column.key} ${column.label}`);
    if (labels.join("\n") !== heads.join("\n")) {
      const there = new Map(heads.map((label, at) => [label, head.cells[at]]));
      widths.replaceChildren(...columns.map((column) => el("col", { className: `ab-x__col-${column.key.startsWith("=") ? "cell" : column.key}` })));
      const cells = columns.map((column, at) => there.get(labels[at]) ?? el("th",
        { scope: "col", className: column.kind, title: column.title || column.label },
        button(column.label, () => sortBy(column.key))));
      for (const cell of [...head.cells]) if (!cells.includes(cell)) cell.remove();
      cells.forEach((cell, at) => { if (head.cells[at] !== cell) head.insertBefore(cell, head.cells[at] ?? null); });
      heads = labels;
    }
    columns.forEach(({ key }, at) => {
      if (key === sort.column) head.cells[at].setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.cells[at].removeAttribute("aria-sort");
    });
  }

  function measure() {
    const real = body.querySelector("tr:not([aria-hidden])");
    const found = real?.getBoundingClientRect().height;
    if (found && Math.abs(found - height) > 0.5) {
      height = found;
      draw(true);
    }
  }

  /** @param {number} position */
  function focusRow(position) {
    if (!shown?.rows.length) return;
    active = Math.max(0, Math.min(shown.rows.length - 1, position));
    const top = active * height, room = box.clientHeight - head.getBoundingClientRect().height - height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top > box.scrollTop + room) box.scrollTop = top - room;
    draw(false);
    pinOf(active)?.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} part  of a row, or it */
  function positionOf(part) {
    return Number(part.closest("tr")?.getAttribute("aria-rowindex")) - 2;
  }

  /** Only the active row's buttons are on the tab key's way. */
  function rove() {
    for (const row of body.rows) {
      const its = positionOf(row) === active;
      for (const part of row.querySelectorAll("button, a")) /** @type {HTMLElement} */ (part).tabIndex = its ? 0 : -1;
    }
  }

  box.addEventListener("keydown", (event) => {
    const inHead = head.contains(/** @type {Node} */ (event.target));
    const page = Math.max(1, Math.floor(box.clientHeight / height) - 2);
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity,
    });
    if (inHead || event.altKey || event.ctrlKey || event.metaKey || !Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    const inRow = body.contains(/** @type {Node} */ (event.target));
    if (!inRow && Math.abs(steps[event.key]) === 1) focusRow(active);
    else focusRow(active + steps[event.key]);
  });
  body.addEventListener("focusin", (event) => {
    active = kept = positionOf(/** @type {HTMLElement} */ (event.target));
    rove();
  });
  body.addEventListener("focusout", (event) => {
    if (event.relatedTarget) kept = -1;
  });
  let waiting = false;
  box.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw(false);
    });
  });
  new ResizeObserver(() => { draw(false); }).observe(box);
  return { box, show };
}
