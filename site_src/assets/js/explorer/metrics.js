// @ts-check
/** The tree of metrics: boxes that choose metrics and groups, and how much each counts. */

import { button, el } from "./dom.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./state.js").State} State */

const MOST = 4, STEP = 0.25;

/**
 * @param {Snapshot} snapshot
 * @param {(metrics: number[]) => void} choose
 * @param {(node: string, weight: number, settled: boolean) => void} weigh
 */
export function metricTree(snapshot, choose, weigh) {
  /** @type {Map<string, { box: HTMLInputElement, slider: HTMLInputElement, said: HTMLElement, item: HTMLElement }>} */
  const parts = new Map();
  let chosen = new Set();

  /**
   * @param {string} node
   * @param {number} depth
   * @returns {HTMLLIElement}
   */
  function item(node, depth) {
    const name = snapshot.nodeNames.get(node) ?? node, below = snapshot.children.get(node);
    const box = el("input", { type: "checkbox" });
    box.addEventListener("change", () => toggle(node, box.checked));
    const slider = el("input", { type: "range", min: "0", max: String(MOST), step: String(STEP), "aria-label": `Weight of ${name}` });
    slider.addEventListener("input", () => weigh(node, Number(slider.value), false));
    slider.addEventListener("change", () => weigh(node, Number(slider.value), true));
    const said = el("span", { className: "ab-x__times" });
    const label = el("label", { title: name }, box, el("span", {}, name));
    const row = el("div", { className: "ab-x__node" }, label, slider, said);
    const made = el("li", {}, row);
    parts.set(node, { box, slider, said, item: made });
    if (!below) return made;
    const list = el("ul", { hidden: depth > 0 }, ...below.map((child) => item(child, depth + 1)));
    const opener = button("", () => {
      list.hidden = !list.hidden;
      opener.setAttribute("aria-expanded", String(!list.hidden));
    });
    opener.className = "ab-x__open";
    opener.setAttribute("aria-label", `Metrics of ${name}`);
    opener.setAttribute("aria-expanded", String(!list.hidden));
    row.prepend(opener);
    made.append(list);
    return made;
  }

  /**
   * @param {string} node
   * @param {boolean} into
   */
  function toggle(node, into) {
    const next = new Set(chosen);
    for (const metric of snapshot.leaves.get(node) ?? []) {
      if (into) next.add(metric);
      else next.delete(metric);
    }
    choose([...next].sort((a, b) => a - b));
  }

  const root = el("ul", { className: "ab-x__tree" });
  /** @type {State | null} */
  let shown = null;

  /** Make its items, which nobody sees before the part of the page with them is opened. */
  function fill() {
    if (parts.size) return;
    const top = snapshot.children.get("") ?? [];
    root.append(...top.map((node) => item(node, top.length > 1 ? 0 : -1)));
    if (shown) show(shown);
  }

  /** @param {State} state */
  function show(state) {
    shown = state;
    chosen = new Set(state.metrics);
    for (const [node, { box, slider, said, item: made }] of parts) {
      const below = snapshot.leaves.get(node) ?? [];
      const inside = below.filter((metric) => chosen.has(metric)).length;
      box.checked = inside === below.length;
      box.indeterminate = inside > 0 && inside < below.length;
      made.classList.toggle("ab-x__out", inside === 0);
      const weight = state.weights.get(node) ?? 1;
      slider.value = String(weight);
      said.textContent = weight === 1 ? "" : `×${weight}`;
      slider.setAttribute("aria-valuetext", `counts ${weight} times`);
    }
  }

  return { root, fill, show };
}
