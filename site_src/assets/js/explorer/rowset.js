// @ts-check
/** The rows that the table shows and in which order, and its columns: what each says, sorts by and exports. */

import { compare, csv } from "./cells.js";
import { numberText } from "./numbers.js";
import { FAILED, SCORED } from "./snapshot.js";
import { DASH, MANY_PLACES, count, decimalsFor, fixed, moveText } from "./words.js";

/** @typedef {import("./compute.js").Ranking} Ranking */
/** @typedef {import("./state.js").State} State */

/** @typedef {{ low: Int32Array, high: Int32Array } | null} Likely */

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {string} title
 * @property {string} kind  CSS classes
 * @property {(row: number) => string} text
 * @property {(row: number) => number | string} order  what it sorts by; NaN goes last either way
 * @property {(row: number) => string} plain  as in a CSV
 * @property {(row: number) => number} [bar]  0 to 1
 * @property {(row: number) => boolean} [many]  whether to mark it
 */

/**
 * @param {Ranking} ranking
 * @param {State} state
 * @param {Likely} likely
 * @param {{ singular: string, scheme: string, baseline: string }} names
 * @returns {Column[]}
 */
export function columnsOf(ranking, state, likely, names) {
  const { panel, places, values, baselinePlaces } = ranking;
  const { given, ids } = panel.snapshot;
  const shared = new Map();
  for (const place of places) shared.set(place, (shared.get(place) ?? 0) + 1);
  const digits = decimalsFor(values);
  const nameOf = (/** @type {number} */ row) => panel.snapshot.names[panel.models[row]];
  const number = (/** @type {number} */ value) => (value > 0 ? value : NaN);
  /** @type {Column[]} */
  const found = [
    {
      key: "model", label: names.singular, title: "", kind: "name", text: nameOf, order: nameOf, plain: nameOf,
    },
    {
      key: "place", label: "Place", title: "", kind: "num place",
      text: (row) => `${places[row]}${shared.get(places[row]) > 1 ? "=" : ""}`,
      order: (row) => places[row], plain: (row) => String(places[row]),
    },
    {
      key: "value", label: names.scheme, title: "The scheme’s value; the bar is scaled to the range of the values",
      kind: "num value", text: (row) => fixed(values[row], digits), order: (row) => values[row],
      plain: (row) => numberText(values[row]), bar: (row) => ranking.bars[row],
    },
  ];
  if (likely) {
    const { low, high } = likely;
    const span = (/** @type {number} */ row) =>
      !low[row] ? DASH : low[row] === high[row] ? String(low[row]) : `${low[row]}${DASH}${high[row]}`;
    found.push({
      key: "likely", label: "Likely places", title: "Where 95 % of the draws of metrics put it", kind: "num",
      text: span, order: (row) => number(low[row]), plain: span,
    });
  }
  if (!ranking.baselineRefused && state.scheme !== state.baseline) {
    const moved = (/** @type {number} */ row) => (baselinePlaces[row] ? baselinePlaces[row] - places[row] : NaN);
    found.push(
      {
        key: "base", label: names.baseline, title: "Place under the scheme that is compared with", kind: "num",
        text: (row) => (baselinePlaces[row] ? String(baselinePlaces[row]) : ""),
        order: (row) => number(baselinePlaces[row]), plain: (row) => (baselinePlaces[row] ? String(baselinePlaces[row]) : ""),
      },
      {
        key: "moved", label: "Moved", title: "Places moved against it, up is positive", kind: "num move",
        text: (row) => (Number.isNaN(moved(row)) ? "" : moveText(moved(row))), order: moved,
        plain: (row) => (Number.isNaN(moved(row)) ? "" : String(moved(row))),
        many: (row) => Math.abs(moved(row)) > MANY_PLACES,
      },
    );
  }
  if (state.policy !== "complete") {
    ["scored", "failed", "missing"].forEach((key, position) => {
      const cells = ranking.cells[position];
      found.push({
        key, label: key[0].toUpperCase() + key.slice(1), title: `Cells ${key}`, kind: "num soft",
        text: (row) => count(cells[row]), order: (row) => cells[row], plain: (row) => String(cells[row]),
      });
    });
  }
  if (state.cells) for (const metric of panel.metrics) found.push(scoreColumn(panel, metric));
  return found.filter((column) => ids.length > 0 && given.metrics.length > 0 && column);
}

/**
 * @param {import("./panel.js").Panel} panel
 * @param {number} metric
 * @returns {Column}
 */
function scoreColumn({ snapshot, models }, metric) {
  const { id, name, higher_is_better: better } = snapshot.given.metrics[metric];
  const states = snapshot.states[metric], turned = snapshot.turned[metric];
  const ranks = snapshot.given.holds === "ranks";
  const digits = ranks ? Number(turned.some((rank) => rank % 1)) : decimalsFor(turned);
  const score = (/** @type {number} */ row) => (better ? turned[models[row]] : -turned[models[row]]);
  const state = (/** @type {number} */ row) => states[models[row]];
  return {
    key: `=${id}`, label: name, title: ranks ? `${name}: rank, 1 is best` : better ? name : `${name}, lower is better`, kind: "num soft",
    text: (row) => (state(row) === SCORED ? fixed(score(row), digits) : state(row) === FAILED ? "failed" : DASH),
    order: score,
    plain: (row) => (state(row) === SCORED ? numberText(score(row)) : state(row) === FAILED ? "failed" : ""),
  };
}

/**
 * Rows to show: pinned ones first, then those that the text is found in, each in the table's order. Ties of a column
 * stand by place, and within it by model id.
 * @param {Ranking} ranking
 * @param {State} state
 * @param {Column[]} columns
 * @returns {{ rows: number[], pinned: number }}
 */
export function rowsOf({ panel, places }, state, columns) {
  const { ids, names } = panel.snapshot;
  const pins = new Set(state.pins), text = state.find.trim().toLowerCase();
  const rows = [];
  for (let row = 0; row < places.length; row++) if (places[row]) rows.push(row);
  const id = (/** @type {number} */ row) => ids[panel.models[row]];
  const byPlace = (/** @type {number} */ a, /** @type {number} */ b) =>
    places[a] - places[b] || (id(a) < id(b) ? -1 : 1);
  rows.sort(byPlace);
  const column = state.sort && columns.find((one) => one.key === state.sort?.column);
  if (column) {
    const sign = state.sort?.down ? -1 : 1;
    const keys = new Map(rows.map((row) => [row, column.order(row)]));
    rows.sort((a, b) => compare(keys.get(a) ?? NaN, keys.get(b) ?? NaN, sign));
  }
  const top = rows.filter((row) => pins.has(id(row)));
  const rest = rows.filter((row) => !pins.has(id(row)) &&
    (!text || names[panel.models[row]].toLowerCase().includes(text) || id(row).includes(text)));
  return { rows: [...top, ...rest], pinned: top.length };
}

/**
 * Exactly the rows and columns that are shown.
 * @param {Column[]} columns
 * @param {number[]} rows
 * @param {string} between
 */
export function tableText(columns, rows, between) {
  return csv([columns.map((column) => column.label), ...rows.map((row) => columns.map((one) => one.plain(row)))], between);
}
