// @ts-check
/** Two metrics, model by model: how far they agree, and on which models they do not. The address keeps the pair. */

import { csv } from "../explorer/cells.js";
import { button, choice, copy, el, save, scrolling, telling } from "../explorer/dom.js";
import { numberText } from "../explorer/numbers.js";
import { fetchSnapshot } from "../explorer/snapshot.js";
import { capital, count, counted, decimalsFor, fixed, rho as written } from "../explorer/words.js";
import { plotOf, ticksOf } from "./plot.js";
import { farthest, pointsOf, rhoOf } from "./points.js";

/** @typedef {import("../explorer/snapshot.js").Snapshot} Snapshot */

const ALL = "All that both have scored";
const MOST = 10;
const WAYS = /** @type {const} */ (["x", "y"]);

/** @param {HTMLElement} root */
export async function showPair(root) {
  const snapshot = await fetchSnapshot(new URL(root.dataset.document ?? "", document.baseURI).href);
  const { parts, fromAddress } = makePage(snapshot, root.dataset);
  root.replaceChildren(...parts);
  fromAddress();
  root.dataset.drawn = "";
}

/**
 * @param {Snapshot} snapshot
 * @param {DOMStringMap} start  the pair that the page starts with, and the way to the snapshot's pages
 */
function makePage(snapshot, start) {
  const { given } = snapshot, up = start.root ?? "", scored = given.holds === "scores";
  const plural = given.models_are, singular = plural.replace(/s$/, "");
  const first = WAYS.map((way) => snapshot.metricAt.get(start[way] ?? "") ?? 0);
  let pair = first, among = start.set ?? "";

  const notices = el("div", { className: "ab-x__notices", role: "status" });
  const options = given.metrics.map(({ id, name, parent }) => ({ id, title: parent ? `${snapshot.nodeNames.get(parent)}: ${name}` : name }));
  const fields = ["Metric", "Other metric"].map((label, i) =>
    choice(label, options, (id) => change(pair.map((metric, at) => (at === i ? snapshot.metricAt.get(id) ?? 0 : metric)), among)));
  const over = choice(capital(plural), [{ id: "", title: ALL },
    ...given.selections.map(({ id, title }) => ({ id, title: `Complete: ${title}` }))], (id) => change(pair, id));
  const chosen = el("div", { className: "ab-c__choices" }, ...fields.map(({ field }) => field),
    button("Swap", () => change([pair[1], pair[0]], among)), over.field);
  const shown = el("div");

  /**
   * @param {number[]} next
   * @param {string} set  the selection whose complete models are shown; empty for all that both have scored
   */
  function change(next, set) {
    [pair, among] = [next, set];
    const query = WAYS.map((way, i) => `${way}=${encodeURIComponent(given.metrics[pair[i]].id)}`);
    if (set) query.push(`set=${encodeURIComponent(set)}`);
    history.pushState(null, "", `${location.pathname}?v=1&${query.join("&")}`);
    notices.replaceChildren();
    draw();
  }

  function fromAddress() {
    const asked = new URLSearchParams(location.search), problems = [], set = asked.get("set");
    const version = asked.get("v");
    if (version !== null && version !== "1") problems.push(`The address is of version ${version}; this page reads version 1.`);
    pair = WAYS.map((way, i) => {
      const id = asked.get(way), found = snapshot.metricAt.get(id ?? "");
      if (id !== null && found === undefined) problems.push(`This snapshot has no metric “${id}”.`);
      return found ?? first[i];
    });
    // What an address says of metrics alone is over all that both have.
    among = WAYS.some((way) => asked.has(way)) || set !== null ? set ?? "" : start.set ?? "";
    if (among && !given.selections.some(({ id }) => id === among)) {
      problems.push(`This snapshot has no selection “${among}”.`);
      among = "";
    }
    notices.replaceChildren(...problems.map((text) => el("p", {}, text)));
    draw();
  }
  addEventListener("popstate", fromAddress);

  function draw() {
    fields.forEach(({ select }, i) => { select.value = given.metrics[pair[i]].id; });
    over.select.value = among;
    const points = pointsOf(snapshot, pair[0], pair[1], given.selections.find(({ id }) => id === among)?.metrics), names = pair.map((metric) => `“${given.metrics[metric].name}”`);
    const rho = rhoOf(points);
    const title = el("p", { className: "ab-figure__title" }, Number.isNaN(rho)
      ? `${names.join(" and ")} cannot be compared` : `${names.join(" and ")} ${rho < 0 ? "correlate" : "agree"} at ρ = ${written(rho)}`);
    const values = pair.map((metric) => `${given.metrics[metric].higher_is_better ? "more" : "less"} is better on “${given.metrics[metric].name}”`);
    const what = scored ? `at its scores; ${values.join(", ")}` : "at its ranks among these, 1 = best";
    const sub = el("p", { className: "ab-figure__sub" }, points.length
      ? `Spearman’s ρ over ${whose(points.length)}. A point is a ${singular}, ${what}. Best are top right.`
      : `No ${singular} among these is scored on both. “${ALL}” may have some.`);
    const hint = points.length ? `Point at a ${singular}, or walk over them with the arrow keys.` : "";
    const readout = el("p", { className: "ab-x__readout", "aria-live": "polite" }, hint);
    const plot = points.length ? [plotOf(axesOf(points), {
      say: (at) => { readout.textContent = at < 0 ? hint : sayOf(points[at]); },
      follow: (at) => { if (given.models.page[points[at].model]) location.href = pageOf(points[at].model); },
    })] : [];
    for (const one of plot) one.setAttribute("aria-label", `${title.textContent}. ${sub.textContent}`);
    shown.replaceChildren(
      el("figure", { className: "ab-figure ab-p" }, el("figcaption", {}, title, sub), ...plot, readout,
        el("div", { className: "ab-figure__foot" }, el("p", { className: "ab-figure__source" }, `Source: ${given.source}.`),
          el("p", { className: "ab-tools" }, telling("Copy link", "Copied", () => copy(location.href)), button("CSV", () => saveCsv(points))))),
      ...tableOf(points));
  }

  /** @param {number} n */
  const whose = (n) => (among
    ? `the ${counted(n, singular, plural)} scored on these and on every metric of the selection “${given.selections.find(({ id }) => id === among)?.title}”`
    : `the ${counted(n, singular, plural)} that both have scored`);

  /** @param {number} model */
  const pageOf = (model) => `${up}model/${snapshot.ids[model]}/`;

  /** @param {import("./points.js").Point} point */
  function sayOf({ model, values, ranks }) {
    const on = pair.map((metric, i) => {
      const value = scored ? `${fixed(values[i], decimals[i])}, ` : "";
      return `${value}rank ${rankText(ranks[i])} on ${given.metrics[metric].name}`;
    });
    return `${snapshot.names[model]}: ${on.join("; ")}`;
  }

  let decimals = [0, 0];

  /**
   * @param {import("./points.js").Point[]} points
   * @returns {import("./plot.js").Axis[]}
   */
  function axesOf(points) {
    return pair.map((metric, i) => {
      const numbers = points.map(({ values }) => values[i]), { name, higher_is_better: more } = given.metrics[metric];
      decimals[i] = decimalsFor(numbers);
      const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
      const ticks = scored ? ticksOf(low, high) : [...new Set([1, ...ticksOf(low, high)])].filter((tick) => tick >= 1);
      return { title: `${name}${scored ? "" : ", rank"}`, numbers, ticks, best: more ? "high" : "low", text: (tick) => String(tick).replace("-", "\u2212") };
    });
  }

  /** @param {import("./points.js").Point[]} points */
  function tableOf(points) {
    const far = farthest(points, MOST);
    if (!far.length) return [];
    const names = pair.map((metric) => given.metrics[metric].name);
    const heads = [capital(singular), ...names.map((name) => `Rank on ${name}`), "Apart"];
    const rows = far.map(({ model, ranks: [a, b] }) => el("tr", {},
      el("th", { scope: "row", className: "name" }, given.models.page[model]
        ? el("a", { href: pageOf(model) }, snapshot.names[model]) : snapshot.names[model]),
      ...[rankText(a), rankText(b), rankText(Math.abs(a - b))].map((text) => el("td", { className: "num" }, text))));
    return [el("h2", {}, "Farthest apart"),
      el("p", { className: "ab-small" }, `Ranks among ${whose(points.length)}; equal scores share the mean of theirs.`),
      scrolling(`The ${count(far.length)} ${plural} on which the two metrics differ most`,
        heads.map((text, i) => el("th", { scope: "col", className: i ? "num" : "name" }, text)), rows)];
  }

  /** @param {import("./points.js").Point[]} points */
  function saveCsv(points) {
    const ids = pair.map((metric) => given.metrics[metric].id);
    const lines = points.map(({ model, values, ranks }) => [snapshot.ids[model], snapshot.names[model],
      ...(scored ? values.map(numberText) : []), ...ranks.map(numberText)]);
    const heads = ["model_id", "model", ...(scored ? ids : []), ...ids.map((id) => `rank_${id}`)];
    save(`${given.study}-${given.snapshot}-${ids.join("-")}.csv`, csv([heads, ...lines]));
  }

  return { parts: [notices, chosen, shown], fromAddress };
}

/** @param {number} rank  a whole one or a half */
function rankText(rank) {
  return fixed(rank, Number.isInteger(rank) ? 0 : 1);
}
