// @ts-check
/** The page that sets models beside each other: one state, from which everything on it is drawn anew. */

import { button, choice, copy, el, scrolling, telling } from "../explorer/dom.js";
import { DASH, capital, count, counted } from "../explorer/words.js";
import { decode, encode } from "./address.js";
import { duel, metricRows, standing } from "./counts.js";

/** @typedef {import("./counts.js").Given} Given */
/** @typedef {import("./address.js").State} State */

/** @param {HTMLElement} root */
export async function compareModels(root) {
  const answer = await fetch(new URL(root.dataset.document ?? "", document.baseURI));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  const { parts, fromAddress } = makePage(await answer.json(), root.dataset.root ?? "");
  root.replaceChildren(...parts);
  fromAddress();
  root.dataset.drawn = "";
}

/**
 * @param {Given} given
 * @param {string} up
 */
function makePage(given, up) {
  const plural = given.models_are, singular = plural.replace(/s$/, "");
  const position = new Map(given.models.name.map((name, at) => [name, at]));
  /** @type {State} */
  let state;

  const notices = el("div", { className: "ab-x__notices", role: "status" });
  const names = el("datalist", { id: "ab-c-names" }, ...given.models.name.map((value) => el("option", { value })));
  const field = el("input", { type: "search", id: "ab-c-add", autocomplete: "off", spellcheck: false });
  field.setAttribute("list", names.id);
  const add = el("form", { className: "ab-c__add" },
    el("div", { className: "ab-x__field" }, el("label", { htmlFor: field.id }, `Add a ${singular}`), field, names),
    el("button", { type: "submit" }, "Add"));
  add.addEventListener("submit", (event) => { event.preventDefault(); take(true); });
  // What is chosen from the list is taken at once; what is typed waits for the button.
  field.addEventListener("input", (event) => {
    if (!(event instanceof InputEvent) || event.inputType === "insertReplacementText") take(false);
  });
  const chosen = el("ul", { className: "ab-c__chosen", "aria-label": `The ${plural} that are compared` });
  const lead = el("p", { className: "ab-lead" });
  const [standings, schemes, metrics, duels] = [0, 1, 2, 3].map(() => el("div"));
  const set = choice("Selection", given.selections, (id) => change({ selection: id }));
  const policy = choice("Coverage", given.policies, (id) => change({ policy: id }));
  const order = choice("Order", [
    { id: "tree", title: "As in the tree of metrics" }, { id: "difference", title: "Where they differ most first" },
  ], (id) => change({ byDifference: id === "difference" }));
  const under = el("section", {}, el("h2", {}, "Under every scheme"),
    el("div", { className: "ab-c__choices" }, set.field, policy.field), schemes);
  const on = el("section", {}, el("h2", {}, "On every metric"),
    el("p", { className: "ab-small" }, `A letter stands at the share of the other ${plural} scored on the metric that its ${singular} is better than, from none at the left to all at the right. The numbers are ranks.`),
    el("div", { className: "ab-c__choices" }, order.field), metrics);
  const over = el("section", {}, el("h2", {}, "Over all rankings"), standings, duels,
    el("p", { className: "ab-tools ab-tools--table" }, telling("Copy link", "Copied", () => copy(location.href))));

  /** @param {boolean} said  whether a name that is not known is complained about */
  function take(said) {
    const text = field.value.trim(), id = given.models.id.indexOf(text);
    const found = position.get(text) ?? (id >= 0 ? id : undefined);
    if (found === undefined) {
      if (said && text) complain([`No ${singular} here is called “${text}”.`]);
      return;
    }
    field.value = "";
    if (!state.models.includes(found)) change({ models: [...state.models, found] });
  }

  /** @param {string[]} problems */
  function complain(problems) {
    notices.replaceChildren(...problems.map((text) => el("p", {}, text)));
  }

  /** @param {Partial<State>} part */
  function change(part) {
    state = { ...state, ...part };
    history.pushState(null, "", `${location.pathname}${encode(given, state)}`);
    complain([]);
    draw();
  }

  function fromAddress() {
    const read = decode(given, location.search);
    state = read.state;
    complain(read.problems);
    draw();
  }
  addEventListener("popstate", fromAddress);

  function draw() {
    const { models } = state, enough = models.length > 1;
    chosen.replaceChildren(...models.map((at, i) => el("li", {}, mark(i), linkTo(at), without(at))));
    field.disabled = models.length >= given.most;
    field.placeholder = field.disabled ? `${given.most} are the most` : "";
    lead.textContent = enough ? leadOf() : `Add ${models.length ? "another" : "two " + plural} to compare.`;
    for (const part of [over, under, on]) part.hidden = !enough;
    if (!enough) return;
    set.select.value = state.selection;
    policy.select.value = state.policy;
    order.select.value = state.byDifference ? "difference" : "tree";
    standings.replaceChildren(standingsTable());
    duels.replaceChildren(...(models.length > 2 ? [duelTable()] : []));
    schemes.replaceChildren(schemesTable());
    metrics.replaceChildren(metricsTable());
  }

  /** @param {number} at */
  function without(at) {
    const made = button("×", () => {
      const next = made.closest("li")?.nextElementSibling ?? made.closest("li")?.previousElementSibling;
      const place = next && [...chosen.children].indexOf(next);
      change({ models: state.models.filter((one) => one !== at) });
      const left = chosen.querySelectorAll("button");
      (left[Math.min(place ?? 0, left.length - 1)] ?? field).focus();
    });
    made.setAttribute("aria-label", `Without ${given.models.name[at]}`);
    return made;
  }

  /** @param {number} at */
  function linkTo(at) {
    return el("a", { href: `${up}model/${given.models.id[at]}/` }, given.models.name[at]);
  }

  function leadOf() {
    const { models } = state, name = (/** @type {number} */ at) => given.models.name[at];
    if (models.length === 2) {
      const [one, other] = models, { above, below, level, n } = duel(given, one, other);
      const both = n === 1 ? "the one ranking that has both" : `all ${counted(n, "ranking")} that have both`;
      if (!n) return `No ranking has both ${name(one)} and ${name(other)}.`;
      if (level === n) return `${name(one)} and ${name(other)} are level in ${both}.`;
      const [upper, lower, more, less] = above >= below ? [one, other, above, below] : [other, one, below, above];
      const rankings = counted(n, "ranking");
      if (more === less) return `${name(one)} and ${name(other)} each stand above the other in ${more} of the ${rankings} that have both${level ? ", level in " + level : ""}.`;
      if (more === n) return `${name(upper)} stands above ${name(lower)} in ${both}.`;
      const rest = [less ? `below in ${less}` : "", level ? `level in ${level}` : ""].filter(Boolean).join(", ");
      return `${name(upper)} stands above ${name(lower)} in ${more} of the ${rankings} that have both, ${rest}.`;
    }
    const beats = models.filter((one) => models.every((other) => {
      const { above, below } = duel(given, one, other);
      return one === other || above > below;
    }));
    if (beats.length) return `${name(beats[0])} stands above each of the others in more rankings than below.`;
    return "None of them stands above each of the others in more rankings than below.";
  }

  function standingsTable() {
    const rows = state.models.map((at, i) => {
      const { n, best, median, worst, first, ten } = standing(given, at);
      return [head(mark(i), linkTo(at)), n, ...[best, median, worst].map((place) => (n ? place : DASH)), first, ten];
    });
    return table("Places over all rankings", [capital(singular), "Rankings", "Best", "Median", "Worst", "First in", "First ten in"], rows);
  }

  function duelTable() {
    const rows = state.models.map((one, i) => [head(mark(i), linkTo(one)), ...state.models.map((other) => {
      const { above, level, n } = duel(given, one, other);
      const even = level ? ` (level in ${level})` : "";
      return one === other ? "" : n ? `${count(above)} of ${count(n)}${even}` : DASH;
    })]);
    return table("In how many rankings the row stands above the column", ["Stands above", ...letters()], rows);
  }

  function schemesTable() {
    const rows = given.schemes.flatMap(({ id, title }) => {
      const at = given.rankings.findIndex((one) =>
        one.selection === state.selection && one.policy === state.policy && one.scheme === id);
      if (at < 0) return [];
      const places = state.models.map((model) => given.places[at][model]);
      const address = `${up}view/${state.selection}/${state.policy}/${id}/`;
      return [[head(el("a", { href: address }, title)), ...marked(places), count(given.rankings[at].n_models)]];
    });
    if (!rows.length) return el("p", { className: "ab-empty" }, "No scheme ranks this selection under this coverage policy.");
    return table("Places under every scheme", ["Scheme", ...letters(), "Of"], rows);
  }

  function metricsTable() {
    let last = "";
    const rows = metricRows(given, state.models, state.byDifference).map(({ metric, ranks, shares }) => {
      const name = metric.page ? el("a", { href: `${up}metric/${metric.page}/` }, metric.name) : metric.name;
      const row = [head(name), metric.group, strip(shares), ...marked(ranks), count(metric.n_scored)];
      const first = !state.byDifference && last !== "" && last !== metric.group;
      last = metric.group;
      return first ? Object.assign(row, { first }) : row;
    });
    if (!rows.length) return el("p", { className: "ab-empty" }, "None of them has a score on any metric.");
    return table("Ranks on every metric", ["Metric", "Group", "Better than", ...letters(), "Of"], rows);
  }

  /** @returns {Node[]} */
  function letters() {
    return state.models.map((at, i) => el("abbr", { title: given.models.name[at], className: "ab-c__mark" }, letter(i)));
  }

  const parts = [notices, add, chosen, lead, over, under, on];
  return { parts, fromAddress };
}

/** Shares at which letters do not touch; the height of a letter, and of a strip with one row of them, in rem. */
const APART = 0.1, HIGH = 0.5, LOWEST = 0.85;

/** @param {number} i */
function mark(i) {
  return el("b", { className: "ab-c__mark" }, letter(i));
}

/** @param {number} i */
function letter(i) {
  return String.fromCharCode(65 + i);
}

/** @param {...(Node | string)} inside */
function head(...inside) {
  return el("th", { scope: "row", className: "name" }, ...inside);
}

/**
 * Numbers, the best of them bold; a dash for what is not there.
 * @param {(number | null)[]} numbers
 */
function marked(numbers) {
  const known = numbers.filter((one) => one !== null), best = Math.min(...known);
  return numbers.map((one) => (one === null ? DASH : one === best && known.length > 1 ? el("b", {}, count(one)) : count(one)));
}

/**
 * A letter at each share; one that would touch another stands above it.
 * @param {number[]} shares
 */
function strip(shares) {
  const box = el("div", { className: "ab-c__strip", "aria-hidden": "true" });
  /** @type {number[][]} */
  const rows = [];
  shares.forEach((share, i) => {
    if (Number.isNaN(share)) return;
    const made = mark(i);
    let row = rows.findIndex((taken) => taken.every((other) => Math.abs(other - share) >= APART));
    if (row < 0) row = rows.push([]) - 1;
    rows[row].push(share);
    made.style.left = `${(100 * share).toFixed(1)}%`;
    made.style.bottom = `${(row * HIGH).toFixed(2)}rem`;
    box.append(made);
  });
  if (rows.length > 1) box.style.height = `${(LOWEST + (rows.length - 1) * HIGH).toFixed(2)}rem`;
  return box;
}

/**
 * @typedef {(Node | string | number)[] & { first?: boolean }} Row
 * @param {string} label
 * @param {(Node | string)[]} heads
 * @param {Row[]} rows  the first cell names its row
 */
function table(label, heads, rows) {
  const cell = (/** @type {Node | string | number} */ one) => {
    if (one instanceof HTMLElement && one.tagName === "TH") return one;
    const bar = one instanceof HTMLDivElement, number = !bar && /^[\d\u202f\u2013]/.test(String(one instanceof Node ? one.textContent : one));
    return el("td", { className: bar ? "ab-c__where" : number ? "num" : "soft" }, one instanceof Node ? one : String(one));
  };
  const kinds = heads.map((_, j) => (rows.some((row) => cell(row[j]).className === "num") ? "num" : cell(rows[0][j]).className));
  return scrolling(label,
    heads.map((one, j) => el("th", { scope: "col", className: kinds[j] === "num" ? "num" : "" }, one)),
    rows.map((row) => el("tr", { className: row.first ? "ab-first" : "" }, ...row.map(cell))));
}
