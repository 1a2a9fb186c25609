// @ts-check
/** The explorer's page: one state, from which everything on it is drawn anew. */

import { button, choice, copy, el, save, telling } from "./dom.js";
import { heatmapFigure } from "./heatmap.js";
import { OF_ONES_OWN, likelyPlacesOf } from "./likely.js";
import { metricTree } from "./metrics.js";
import { moversFigure } from "./movers.js";
import { permanentPart, permanentView } from "./permanent.js";
import { rankModels } from "./compute.js";
import { readSnapshot } from "./snapshot.js";
import { columnsOf, rowsOf, tableText } from "./rowset.js";
import { decode, encode, initialState, namedSelection } from "./state.js";
import { makeTable } from "./table.js";
import { capital, count, counted, inside } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./snapshot.js").Snapshot} Snapshot */

const OWN = "own", PAUSE = 250, MOST_NAMED = 5;

/** @param {HTMLElement} root */
export async function explore(root) {
  const address = new URL(root.dataset.document ?? "", document.baseURI).href;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const page = makePage(root, readSnapshot(await answer.json()), address);
  root.replaceChildren(...page.parts);
  page.fromAddress();
}

/**
 * @param {HTMLElement} root
 * @param {Snapshot} snapshot
 * @param {string} address
 */
function makePage(root, snapshot, address) {
  const { given } = snapshot, up = root.dataset.root ?? "";
  const plural = given.models_are, singular = plural.replace(/s$/, "");
  /** @type {State} */
  let state = initialState(snapshot);
  /** @type {import("./compute.js").Ranking} */
  let ranking;
  /** @type {import("./rowset.js").Likely} */
  let likely = null;
  /** @type {{ columns: import("./rowset.js").Column[], rows: number[] }} */
  let shown = { columns: [], rows: [] };
  const schemeOf = (/** @type {string} */ id) => /** @type {import("./snapshot.js").Scheme} */ (given.schemes.find((one) => one.id === id));

  const notices = el("div", { className: "ab-x__notices", role: "status" });
  const fields = controls(given, change);
  const tree = metricTree(snapshot, (metrics) => change({ metrics }), (node, weight, settled) => {
    const weights = new Map(state.weights);
    if (weight === 1) weights.delete(node);
    else weights.set(node, weight);
    change({ weights }, !settled);
  });
  const table = makeTable(
    (column) => change({ sort: turned(column) }),
    (row) => {
      const id = snapshot.ids[ranking.panel.models[row]];
      change({ pins: state.pins.includes(id) ? state.pins.filter((one) => one !== id) : [...state.pins, id] });
    },
  );
  const lead = el("p", { className: "ab-x__lead", "aria-live": "polite" }), about = el("p", { className: "ab-small" });
  const find = el("input", { type: "search", placeholder: `Find ${plural}`, "aria-label": `Find ${plural}` });
  find.addEventListener("input", () => change({ find: find.value }, true));
  const cells = el("input", { type: "checkbox" });
  cells.addEventListener("change", () => change({ cells: cells.checked }));
  const moversPlace = el("div"), heat = heatmapFigure(given.source), permanent = permanentPart(snapshot);
  const chosenCount = el("span", { className: "ab-x__count" });
  const wide = matchMedia("(min-width: 60em)").matches;
  const weightsShown = el("input", { type: "checkbox" });
  const side = el("details", { className: "ab-x__side", open: wide },
    el("summary", {}, "Metrics ", chosenCount),
    el("p", { className: "ab-x__row" },
      button("All", () => change({ metrics: given.metrics.map((_, j) => j) })), button("None", () => change({ metrics: [] })),
      el("label", {}, weightsShown, " Weights")),
    el("p", { className: "ab-small ab-x__meaning" }, "A metric of weight 2 counts as two copies of it would. A group’s weight multiplies that of its metrics; in schemes up the tree it counts as two siblings."),
    tree.root);
  weightsShown.addEventListener("change", () => side.classList.toggle("ab-x__weighing", weightsShown.checked));
  const tools = el("div", { className: "ab-x__row ab-x__tools" }, find, el("label", {}, cells, " Scores"),
    el("p", { className: "ab-tools" },
      telling("Copy link", "Copied", () => copy(location.href)),
      telling("Copy table", "Copied", () => copy(tableText(shown.columns, shown.rows, "\t"))),
      button("CSV", () => save(`${given.study}-${given.snapshot}-explorer.csv`, tableText(shown.columns, shown.rows, ",")))));

  /**
   * @param {Partial<State>} part
   * @param {boolean} [passing]  whether it is one of many in a row, which are one step back together
   */
  function change(part, passing = false) {
    state = { ...state, ...part };
    remember(passing);
    draw();
  }

  const { remember, settle } = keeper(() => `${location.pathname}${encode(snapshot, state)}${location.hash}`);

  /** @param {string} column */
  function turned(column) {
    const now = state.sort ?? { column: "place", down: false };
    const ascending = ["place", "model", "base", "likely"].includes(column);
    const down = now.column === column ? !now.down : !ascending;
    return column === "place" && !down ? null : { column, down };
  }

  function fromAddress() {
    settle();
    const read = decode(snapshot, location.search);
    state = read.state;
    notices.replaceChildren(...read.problems.map((problem) => el("p", {}, problem)));
    if (state.weights.size) {
      weightsShown.checked = true;
      side.classList.add("ab-x__weighing");
    }
    draw();
  }
  addEventListener("popstate", fromAddress);

  function draw() {
    const started = performance.now();
    ranking = rankModels(snapshot, state);
    root.dataset.milliseconds = (performance.now() - started).toFixed(2);
    likely = null;
    tree.show(state);
    fields.show(state, snapshot);
    if (find.value !== state.find) find.value = state.find;
    cells.checked = state.cells;
    chosenCount.textContent = `${state.metrics.length} of ${given.metrics.length}`;
    tell();
    drawTable();
    const compared = !ranking.refused && !ranking.baselineRefused && state.scheme !== state.baseline;
    moversPlace.hidden = !compared;
    moversPlace.replaceChildren(...(compared
      ? [moversFigure(ranking, { singular, plural, baseline: schemeOf(state.baseline).title }, given.source)] : []));
    permanent.show(state);
    ask(ranking, state, namedSelection(snapshot, state.metrics)?.id ?? OF_ONES_OWN);
    later(() => heat.show(ranking.panel));
  }

  function drawTable() {
    const names = { singular: capital(singular), scheme: schemeOf(state.scheme).short, baseline: schemeOf(state.baseline).short };
    const columns = columnsOf(ranking, state, likely, names);
    const { rows, pinned } = rowsOf(ranking, state, columns);
    shown = { columns, rows };
    table.box.hidden = tools.hidden = Boolean(ranking.refused);
    table.show({
      columns, rows, pinned, sort: state.sort ?? { column: "place", down: false },
      label: `${schemeOf(state.scheme).title}: ${counted(rows.length, singular, plural)}`,
      model: (row) => {
        const model = ranking.panel.models[row];
        return { name: snapshot.names[model], address: given.models.page[model] ? `${up}model/${snapshot.ids[model]}/` : "" };
      },
    });
    root.dataset.drawn = likely ? "likely" : "places";
  }

  /** @type {number} */
  let draws = 0;
  const ask = likelyPlacesOf(address, (found, number) => {
    likely = found;
    draws = number;
    if (found) drawTable();
    tellMore();
  });

  function tell() {
    const best = [];
    for (let row = 0; row < ranking.places.length; row++) if (ranking.places[row] === 1) best.push(row);
    const scheme = schemeOf(state.scheme), policy = given.policies.find((one) => one.id === state.policy);
    const left = snapshot.ids.length - ranking.ranked;
    if (ranking.refused) lead.replaceChildren(el("b", {}, "No ranking. "), ranking.refused);
    else if (best.length === 1) {
      lead.replaceChildren(el("b", {}, snapshot.names[ranking.panel.models[best[0]]]), ` is first of ${counted(ranking.ranked, singular, plural)}.`);
    } else lead.replaceChildren(`${best.length} share the first of ${count(ranking.ranked)} places.`);
    const view = permanentView(snapshot, state);
    if (view && !ranking.refused) lead.append(" This is a permanent view: ", el("a", { href: `${up}${view}` }, "open it"), ".");
    about.replaceChildren(`${scheme.title} over ${counted(state.metrics.length, "metric")}. ${scheme.higher_is_better ? "Higher" : "Lower"} is better. ${policy?.sentence ?? ""}${weightsText()}`,
      left && !ranking.refused ? ` ${count(left)} of ${count(snapshot.ids.length)} ${plural} are therefore not ranked.` : "",
      !ranking.refused && ranking.baselineRefused ? ` The ${inside(schemeOf(state.baseline).title)} cannot be compared with: ${ranking.baselineRefused}` : "");
  }

  function weightsText() {
    const weighed = [...state.weights].filter(([, weight]) => weight !== 1);
    const some = weighed.slice(0, MOST_NAMED).map(([node, weight]) => `${snapshot.nodeNames.get(node)} ×${weight}`).join(", ");
    const more = weighed.length > MOST_NAMED ? ` and ${weighed.length - MOST_NAMED} more` : "";
    return weighed.length ? ` Weights: ${some}${more}.` : "";
  }

  /** What is known once the draws are done. */
  function tellMore() {
    if (!likely) return;
    about.append(` Likely places: the middle 95 % over ${count(draws)} draws of the metrics from among their groups${namedSelection(snapshot, state.metrics) && !state.weights.size ? ", the same draws as on the selection’s own pages" : ""}.`);
  }

  const parts = [notices, fields.root,
    el("div", { className: "ab-x__grid" }, side, el("div", { className: "ab-x__main" }, lead, about, tools, table.box)),
    el("div", { className: "ab-pair" }, moversPlace, heat.root), permanent.root];
  return { parts, fromAddress };
}

/**
 * The choices above the table.
 * @param {Snapshot["given"]} given
 * @param {(part: Partial<State>) => void} change
 */
function controls(given, change) {
  const own = { id: OWN, title: "Chosen below" };
  const set = choice("Selection", [...given.selections, own], (id) => {
    const found = given.selections.find((one) => one.id === id);
    if (found) change({ metrics: found.metrics.slice() });
  });
  const policy = choice("Coverage", given.policies, (id) => change({ policy: id }));
  const scheme = choice("Scheme", given.schemes, (id) => change({ scheme: id }));
  const baseline = choice("Compared with", given.schemes, (id) => change({ baseline: id }));
  const reset = button("Start again", () => change({
    ...{ weights: new Map(), pins: [], find: "", sort: null, cells: false, baseline: given.baseline },
    policy: given.default.policy, scheme: given.default.scheme,
    metrics: (given.selections.find((one) => one.id === given.default.selection)?.metrics ?? given.metrics.map((_, j) => j)).slice(),
  }));
  const root = el("form", { className: "ab-x__bar", "aria-label": "What is ranked, and how" },
    set.field, policy.field, scheme.field, baseline.field, reset);
  root.addEventListener("submit", (event) => event.preventDefault());
  /**
   * @param {State} state
   * @param {Snapshot} snapshot
   */
  function show(state, snapshot) {
    const named = namedSelection(snapshot, state.metrics);
    set.select.value = named?.id ?? OWN;
    policy.select.value = state.policy;
    scheme.select.value = state.scheme;
    baseline.select.value = state.baseline;
    for (const option of scheme.select.options) {
      const refused = given.schemes.find((one) => one.id === option.value)?.refused[state.policy];
      option.title = refused ?? "";
      option.text = `${given.schemes.find((one) => one.id === option.value)?.title}${refused ? " (not with this coverage)" : ""}`;
    }
  }
  return { root, show };
}

/**
 * Steps in the browser's history: one for each change, and one for a run of passing ones.
 * @param {() => string} address  of the state as it is
 */
function keeper(address) {
  let timer = 0, running = false;
  const write = () => {
    timer = 0;
    history.replaceState(null, "", address());
  };
  return {
    /** @param {boolean} passing */
    remember(passing) {
      if (!passing && running) {
        // The end of a run, whose step there is already.
        clearTimeout(timer);
        write();
        running = false;
        return;
      }
      if (!passing) {
        history.pushState(null, "", address());
        return;
      }
      if (!running) history.pushState(null, "", address());
      running = true;
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE);
    },
    settle() {
      clearTimeout(timer);
      running = false;
    },
  };
}

/** @type {number} */
let frame = 0;

/**
 * After the next frame is shown, and only the last that was asked for.
 * @param {() => void} act
 */
function later(act) {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => setTimeout(act));
}
