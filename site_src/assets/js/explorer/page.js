// @ts-check
/** The explorer's page: one state, from which everything on it is drawn anew. */

import { button, copy, el, save, telling } from "./dom.js";
import { controls } from "./controls.js";
import { heatmapFigure } from "./heatmap.js";
import { keeper } from "./history.js";
import { aboutText, leadOf, likelyText } from "./lead.js";
import { OF_ONES_OWN, likelyPlacesOf } from "./likely.js";
import { metricTree } from "./metrics.js";
import { moversFigure } from "./movers.js";
import { permanentPart } from "./permanent.js";
import { rankModels } from "./compute.js";
import { fetchSnapshot } from "./snapshot.js";
import { columnsOf, rowsOf, tableText } from "./rowset.js";
import { decode, encode, initialState, namedSelection } from "./state.js";
import { makeTable } from "./table.js";
import { capital, counted } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./snapshot.js").Snapshot} Snapshot */

/** @param {HTMLElement} root */
export async function explore(root) {
  const address = new URL(root.dataset.document ?? "", document.baseURI).href;
  const snapshot = await fetchSnapshot(address);
  await breath();
  const page = makePage(root, snapshot, address);
  await breath();
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
  /** What is ranked, as an address; and with what it is compared, of which likely places know nothing. */
  let ranked = "-", compared = "", draws = 0;
  /** @type {string | null | undefined} */
  let why;
  /** @type {{ columns: import("./rowset.js").Column[], rows: number[] }} */
  let shown = { columns: [], rows: [] };
  const schemeOf = (/** @type {string} */ id) => /** @type {import("./snapshot.js").Scheme} */ (given.schemes.find((one) => one.id === id));

  const notices = el("div", { className: "ab-x__notices", role: "status" });
  const fields = controls(snapshot, change, () => {
    notices.replaceChildren();
    change(initialState(snapshot));
  });
  const tree = metricTree(snapshot, (metrics) => change({ metrics }), (node, weight, settled) => {
    const weights = new Map(state.weights);
    if (weight === 1) weights.delete(node);
    else weights.set(node, weight);
    change({ weights }, `w ${node}`);
    if (settled) settle();
  });
  const table = makeTable(
    (column) => change({ sort: turned(column) }),
    (row) => {
      const id = snapshot.ids[ranking.panel.models[row]];
      change({ pins: state.pins.includes(id) ? state.pins.filter((one) => one !== id) : [...state.pins, id] });
    },
  );
  const lead = el("p", { className: "ab-x__lead", "aria-live": "polite" }), about = el("p", { className: "ab-small" });
  const none = el("p", { className: "ab-empty", role: "status" });
  const find = el("input", { type: "search", placeholder: `Find ${plural}`, "aria-label": `Find ${plural}` });
  find.addEventListener("input", () => change({ find: find.value }, "find"));
  find.addEventListener("change", () => settle());
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
  if (wide) tree.fill();
  side.addEventListener("toggle", tree.fill);
  weightsShown.addEventListener("change", () => side.classList.toggle("ab-x__weighing", weightsShown.checked));
  const tools = el("div", { className: "ab-x__row ab-x__tools" }, find, el("label", {}, cells, ` ${capital(given.holds)}`),
    el("p", { className: "ab-tools" },
      telling("Copy link", "Copied", () => copy(location.href)),
      telling("Copy table", "Copied", () => copy(tableText(shown.columns, shown.rows, "\t"))),
      button("CSV", () => save(`${given.study}-${given.snapshot}-explorer.csv`, tableText(shown.columns, shown.rows, ",")))));

  /**
   * @param {Partial<State>} part
   * @param {string} [run]  what it is one of many changes of in a row, which are one step back together
   */
  function change(part, run = "") {
    state = { ...state, ...part };
    remember(run);
    draw();
  }

  const { remember, settle, forget } = keeper(() => `${location.pathname}${encode(snapshot, state)}${location.hash}`);

  /** @param {string} column */
  function turned(column) {
    const now = state.sort ?? { column: "place", down: false };
    const ascending = ["place", "model", "base", "likely"].includes(column);
    const down = now.column === column ? !now.down : !ascending;
    return column === "place" && !down ? null : { column, down };
  }

  function fromAddress() {
    forget();
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

  /** What did not change is not made again. */
  function draw() {
    fields.show(state);
    if (find.value !== state.find) find.value = state.find;
    cells.checked = state.cells;
    const { metrics, policy, scheme, weights } = state;
    const wanted = encode(snapshot, { ...initialState(snapshot), metrics, policy, scheme, weights });
    const anew = wanted !== ranked;
    if (anew) likely = why = null;
    if (anew || state.baseline !== compared) drawRanking();
    [ranked, compared] = [wanted, state.baseline];
    drawTable();
    if (anew) ask(ranking, state, namedSelection(snapshot, metrics)?.id ?? OF_ONES_OWN);
  }

  function drawRanking() {
    ranking = rankModels(snapshot, state);
    tree.show(state);
    chosenCount.textContent = `${state.metrics.length} of ${given.metrics.length}`;
    lead.replaceChildren(...leadOf(ranking, state, up));
    drawAbout();
    const moves = !ranking.refused && !ranking.baselineRefused && state.scheme !== state.baseline;
    moversPlace.hidden = !moves;
    moversPlace.replaceChildren(...(moves
      ? [moversFigure(ranking, { singular, plural, baseline: schemeOf(state.baseline).title }, given.source)] : []));
    permanent.show(state);
    later(() => heat.show(ranking.panel));
  }

  function drawAbout() {
    about.textContent = aboutText(ranking, state) + (likely || why ? likelyText(ranking, state, draws, why) : "");
  }

  function drawTable() {
    const names = { singular: capital(singular), scheme: schemeOf(state.scheme).short, baseline: schemeOf(state.baseline).short };
    const columns = columnsOf(ranking, state, likely, names);
    const { rows, pinned } = rowsOf(ranking, state, columns);
    shown = { columns, rows };
    table.box.hidden = tools.hidden = Boolean(ranking.refused);
    none.hidden = table.box.hidden || rows.length > 0;
    none.textContent = `No ranked ${singular} has “${state.find}” in its name.`;
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

  const ask = likelyPlacesOf(address, (found, made, reason) => {
    [likely, draws, why] = [found, made, reason];
    if (found) drawTable();
    drawAbout();
  });

  const parts = [notices, fields.root,
    el("div", { className: "ab-x__grid" }, side, el("div", { className: "ab-x__main" }, lead, about, tools, table.box, none)),
    el("div", { className: "ab-pair" }, moversPlace, heat.root), permanent.root];
  return { parts, fromAddress };
}

/** Between two pieces of work the browser may answer the visitor. */
function breath() {
  return new Promise((done) => { setTimeout(done); });
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
