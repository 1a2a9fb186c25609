// @ts-check
/** "Make this a permanent view": where it is one already, or what to add to the study. */

import { weighed } from "./compute.js";
import { copy, el, telling } from "./dom.js";
import { namedSelection } from "./state.js";
import { selectionToml } from "./toml.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./state.js").State} State */

/**
 * The address of the view that shows just this, below the snapshot; empty where there is none.
 * @param {Snapshot} snapshot
 * @param {State} state
 */
export function permanentView(snapshot, state) {
  const named = namedSelection(snapshot, state.metrics);
  if (!named || weighed(snapshot, state.metrics, state.weights).length) return "";
  const there = snapshot.given.views[named.id]?.[state.policy]?.includes(state.scheme);
  return there ? `view/${named.id}/${state.policy}/${state.scheme}/` : "";
}

/** @param {Snapshot} snapshot */
export function permanentPart(snapshot) {
  const { given } = snapshot;
  const said = el("p"), code = el("code"), field = el("input", { type: "text", value: "My selection", maxLength: 80 });
  const tools = el("p", { className: "ab-tools" }, telling("Copy", "Copied", () => copy(code.textContent ?? "")));
  const box = el("div", {},
    el("label", { className: "ab-x__field" }, el("span", {}, "Title"), field),
    el("pre", { tabIndex: 0, "aria-label": "What to add to the study" }, code), tools);
  const root = el("details", { className: "ab-x__permanent" }, el("summary", {}, "Make this a permanent view"), said, box);
  /** @type {State | null} */
  let shown = null;

  function write() {
    if (!shown) return;
    code.textContent = selectionToml(snapshot, shown.metrics, field.value.trim() || "My selection");
  }
  field.addEventListener("input", write);

  /** @param {State} state */
  function show(state) {
    shown = state;
    const named = namedSelection(snapshot, state.metrics);
    root.hidden = !state.metrics.length;
    box.hidden = Boolean(named);
    const where = `data/studies/${given.study}.toml`;
    const text = named
      ? `These metrics are the selection “${named.title}” already, and every policy and scheme that admits them has its page.`
      : `For whoever keeps this site, or in a copy of alignboard of your own: add this to ${where}. The next build then gives these metrics a page for every coverage policy and scheme that admits them.`;
    said.textContent = weighed(snapshot, state.metrics, state.weights).length ? `${text} Weights are not part of a study: there each metric counts once.` : text;
    write();
  }
  return { root, show };
}
