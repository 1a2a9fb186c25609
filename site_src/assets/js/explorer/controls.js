// @ts-check
/** The choices above the table. */

import { button, choice, el } from "./dom.js";
import { namedSelection } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./snapshot.js").Snapshot} Snapshot */

/** No selection has this id. */
const OWN = "";

/**
 * @param {Snapshot} snapshot
 * @param {(part: Partial<State>) => void} change
 * @param {() => void} startAgain
 */
export function controls(snapshot, change, startAgain) {
  const { given } = snapshot;
  const own = { id: OWN, title: "Chosen below" };
  const set = choice("Selection", [...given.selections, own], (id) => {
    const found = given.selections.find((one) => one.id === id);
    if (found) change({ metrics: found.metrics.slice() });
  });
  const policy = choice("Coverage", given.policies, (id) => change({ policy: id }));
  const scheme = choice("Scheme", given.schemes, (id) => change({ scheme: id }));
  const baseline = choice("Compared with", given.schemes, (id) => change({ baseline: id }));
  const reset = button("Start again", startAgain);
  const root = el("form", { className: "ab-x__bar", "aria-label": "What is ranked, and how" },
    set.field, policy.field, scheme.field, baseline.field, reset);
  root.addEventListener("submit", (event) => event.preventDefault());
  /** @param {State} state */
  function show(state) {
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
