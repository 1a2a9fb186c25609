// @ts-check
/**
 * What has become of a ranking since: this page stays as it is, so what a newer snapshot says is asked for when the
 * page is read. Nothing is shown on the newest snapshot's pages, or where the newer one cannot be had.
 */

import { el, scrolling } from "./explorer/dom.js";
import { MANY_PLACES, count, counted, moveText } from "./explorer/words.js";
import { versionsAt } from "./theme/versions.js";

/** @typedef {{ model_id: string, model: string, place: number }} Row */
/** @typedef {{ n_models: number, n_metrics: number, digest: string, columns: string[], ranking: unknown[][] }} View */

const MOST_ROWS = 10;

/** @param {HTMLElement} root  says where the snapshot stands, which it is, which view is shown, what is ranked */
export async function since(root) {
  const { root: up = "", snapshot = "", view = "", plural = "models" } = root.dataset;
  const versions = await versionsAt(`${up}../versions.json`);
  const at = versions.findIndex((one) => one.version === snapshot);
  if (at < 1) return;
  const newest = versions[0].version, there = `${up}../${newest}/`;
  const [then, now] = await Promise.all([json(`${up}api/${view}.json`), json(`${there}api/${view}.json`, true)]);
  root.append(el("h2", {}, `Since then, in ${newest}`), ...(now === null
    ? [el("p", {}, `The newest snapshot has no such ranking. `, el("a", { href: `${there}rankings/` }, "Its rankings"))]
    : changes(then, now, { newest, there, view, plural })));
  root.hidden = false;
}

/**
 * @param {string} address
 * @param {boolean} [orNull]  null where there is no such file; any other failure throws
 */
async function json(address, orNull = false) {
  const answer = await fetch(new URL(address, document.baseURI));
  if (orNull && answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/**
 * @param {View} then
 * @param {View} now
 * @param {{ newest: string, there: string, view: string, plural: string }} where
 * @returns {Node[]}
 */
function changes(then, now, { newest, there, view, plural }) {
  const link = el("a", { href: `${there}${view}/` }, `This ranking in ${newest}`);
  if (then.digest === now.digest) return [el("p", {}, "It is the same to the last digit. ", link)];
  const singular = plural.replace(/s$/, ""), [old, fresh] = [rows(then), rows(now)];
  const { both, entered, left } = compared(old, fresh);
  const moved = both.filter((one) => one.steps), many = moved.filter((one) => Math.abs(one.steps) > MANY_PLACES);
  const [first, was] = [fresh, old].map((list) => list.filter((row) => row.place === 1).map((row) => row.model));
  const stays = String(first) === String(was);
  const are = (/** @type {string[]} */ list) => `${names(list, plural)} ${list.length > 1 ? "are" : "is"}`;
  const text = [
    `${are(first)} first there${stays ? ", too" : "; here " + are(was)}.`,
    `Of the ${counted(both.length, singular, plural)} in both, ${count(moved.length)} ${moved.length === 1 ? "has" : "have"} another place among these, ${count(many.length)} by more than ${MANY_PLACES}.`,
    `${counted(entered, singular, plural)} ${entered === 1 ? "is" : "are"} new there, ${count(left)} ${left === 1 ? "is" : "are"} gone.`,
    now.n_metrics === then.n_metrics ? "" : `It is made of ${counted(now.n_metrics, "metric")}, here of ${count(then.n_metrics)}.`,
  ];
  return [
    el("p", {}, `${text.filter(Boolean).join(" ")} `, link, " · ", el("a", { href: `${there}history/` }, "What moved it")),
    ...(moved.length ? [table(moved.sort(byMove).slice(0, MOST_ROWS), newest, singular)] : []),
  ];
}

/**
 * @param {View} view
 * @returns {Row[]}
 */
function rows({ columns, ranking }) {
  const [id, name, place] = ["model_id", "model", "place"].map((column) => columns.indexOf(column));
  return ranking.map((row) => ({ model_id: String(row[id]), model: String(row[name]), place: Number(row[place]) }));
}

/**
 * Models that both rank: their places among all that each ranks, and how many places up they are among themselves.
 * @param {Row[]} old  best first, as `fresh`
 * @param {Row[]} fresh
 */
function compared(old, fresh) {
  const [then, now] = [old, fresh].map((list) => new Map(list.map((row) => [row.model_id, row])));
  const [was, is] = [[old, now], [fresh, then]].map(([list, other]) => among(
    /** @type {Row[]} */ (list).filter((row) => /** @type {Map<string, Row>} */ (other).has(row.model_id))));
  const both = [...is].map(([id, place]) => {
    const before = then.get(id)?.place ?? NaN, row = /** @type {Row} */ (now.get(id));
    return { model: row.model, before, after: row.place, steps: (was.get(id) ?? NaN) - place };
  });
  return { both, entered: fresh.length - both.length, left: old.length - both.length };
}

/**
 * Places of some among themselves; those that shared a place share one.
 * @param {Row[]} list
 */
function among(list) {
  const found = new Map();
  list.forEach((row, i) => found.set(row.model_id, i && list[i - 1].place === row.place ? found.get(list[i - 1].model_id) : i + 1));
  return found;
}

/** @typedef {{ model: string, before: number, after: number, steps: number }} Both */

/**
 * @param {Both} a
 * @param {Both} b
 */
function byMove(a, b) {
  return Math.abs(b.steps) - Math.abs(a.steps) || a.after - b.after;
}

/**
 * @param {string[]} list
 * @param {string} plural
 */
function names(list, plural) {
  return list.length > 3 ? `${list.length} ${plural} together` : list.length > 1
    ? `${list.slice(0, -1).join(", ")} and ${list[list.length - 1]}` : list[0];
}

/**
 * @param {Both[]} moved
 * @param {string} newest
 * @param {string} singular
 */
function table(moved, newest, singular) {
  const head = ["Moved most", "Place here", `In ${newest}`, "Moved among those in both"].map((text, j) => el("th", { scope: "col", className: j ? "num" : "name" }, text));
  const body = moved.map(({ model, before, after, steps }) => el("tr", {},
    el("th", { scope: "row", className: "name" }, model),
    ...[before, after].map((place) => el("td", { className: "num" }, count(place))),
    el("td", { className: "num move" }, Math.abs(steps) > MANY_PLACES ? el("b", { className: "ab-many" }, moveText(steps)) : moveText(steps))));
  return scrolling(`The ${counted(moved.length, singular)} that moved most`, head, body);
}
