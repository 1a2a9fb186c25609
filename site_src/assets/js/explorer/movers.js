// @ts-check
/** Which models move most against the scheme that is compared with. */

import { el } from "./dom.js";
import { MANY_PLACES, capital, count, counted, inside, moveText } from "./words.js";

/** @typedef {import("./compute.js").Ranking} Ranking */

const MOST = 8;

/**
 * @param {Ranking} ranking
 * @param {{ singular: string, plural: string, baseline: string }} names
 * @param {string} source
 */
export function moversFigure(ranking, names, source) {
  const { panel, places, baselinePlaces } = ranking;
  /** @type {{ row: number, steps: number }[]} */
  const moved = [];
  for (let row = 0; row < places.length; row++) {
    if (places[row] && baselinePlaces[row]) moved.push({ row, steps: baselinePlaces[row] - places[row] });
  }
  const far = moved.filter((one) => Math.abs(one.steps) > MANY_PLACES).length;
  const id = (/** @type {number} */ row) => panel.snapshot.ids[panel.models[row]];
  const by = (/** @type {number} */ sign) => moved.filter((one) => one.steps * sign > 0)
    .sort((a, b) => sign * (b.steps - a.steps) || (id(a.row) < id(b.row) ? -1 : 1)).slice(0, MOST);
  const stand = far === 1 ? `1 ${names.singular} stands` : `${far ? count(far) : "No"} ${far ? names.plural : names.singular} ${far ? "stand" : "stands"}`;
  const title = `${stand} more than ${MANY_PLACES} places from where the ${inside(names.baseline)} puts ${far > 1 ? "them" : "it"}`;
  return el("figure", { className: "ab-figure" },
    el("figcaption", {},
      el("p", { className: "ab-figure__title" }, title),
      el("p", { className: "ab-figure__sub" }, `The farthest of ${counted(moved.length, names.singular, names.plural)} each way: place under the ${inside(names.baseline)}, place here, places moved.`)),
    el("div", { className: "ab-x__movers" },
      list("Up", by(1), ranking, names.singular), list("Down", by(-1), ranking, names.singular)),
    el("div", { className: "ab-figure__foot" }, el("p", { className: "ab-figure__source" }, `Source: ${source}.`)));
}

/**
 * @param {string} way
 * @param {{ row: number, steps: number }[]} moved
 * @param {Ranking} ranking
 * @param {string} singular
 */
function list(way, moved, { panel, places, baselinePlaces }, singular) {
  if (!moved.length) return el("p", { className: "ab-small" }, `No ${singular} moves ${way.toLowerCase()}.`);
  const rows = moved.map(({ row, steps }) => {
    const name = panel.snapshot.names[panel.models[row]];
    return el("tr", {},
      el("th", { scope: "row", className: "name", title: name }, name),
      el("td", { className: "num soft" }, `${baselinePlaces[row]} → ${places[row]}`),
      el("td", { className: `num${Math.abs(steps) > MANY_PLACES ? " ab-many" : ""}` }, moveText(steps)));
  });
  return el("table", { className: "ab-table" },
    el("caption", { className: "ab-unseen" }, `Farthest ${way.toLowerCase()}`),
    el("thead", {}, el("tr", {},
      el("th", { scope: "col" }, capital(singular)), el("th", { scope: "col", className: "num" }, "Places"),
      el("th", { scope: "col", className: "num" }, way))),
    el("tbody", {}, ...rows));
}
