// @ts-check
/** What the page says of a ranking in words. */

import { weighed } from "./compute.js";
import { el } from "./dom.js";
import { permanentView } from "./permanent.js";
import { namedSelection } from "./state.js";
import { count, counted, inside } from "./words.js";

/** @typedef {import("./compute.js").Ranking} Ranking */
/** @typedef {import("./state.js").State} State */

const MOST_NAMED = 5;
/** @type {Record<string, string>} */
const NONE_FOR = {
  few: "they need two metrics and two to rank",
  many: "too many for this scheme in a browser",
  alike: "too few draws give a ranking",
};

/**
 * Who is first, or why nobody is; and where the permanent view is, if this is one.
 * @param {Ranking} ranking
 * @param {State} state
 * @param {string} up  the snapshot's root from here
 * @returns {(Node | string)[]}
 */
export function leadOf(ranking, state, up) {
  const { snapshot, models } = ranking.panel;
  const plural = snapshot.given.models_are, singular = plural.replace(/s$/, "");
  const view = permanentView(snapshot, state);
  const permanent = view ? [" This is a permanent view: ", el("a", { href: `${up}${view}` }, "open it"), "."] : [];
  if (ranking.refused) return [el("b", {}, "No ranking. "), ranking.refused, ...permanent];
  if (!ranking.ranked) return [`No ${singular} has a value under this scheme.`];
  const best = [];
  for (let row = 0; row < ranking.places.length; row++) if (ranking.places[row] === 1) best.push(row);
  const said = best.length === 1
    ? [el("b", {}, snapshot.names[models[best[0]]]), ` is first of ${counted(ranking.ranked, singular, plural)}.`]
    : [`${count(best.length)} ${plural} share the first of ${count(ranking.ranked)} places.`];
  return [...said, ...permanent];
}

/**
 * What is ranked and how, who is left out, and what cannot be compared.
 * @param {Ranking} ranking
 * @param {State} state
 */
export function aboutText(ranking, state) {
  const { snapshot } = ranking.panel, { given, ids, nodeNames } = snapshot;
  const titled = (/** @type {string} */ id) => given.schemes.find((one) => one.id === id);
  const scheme = titled(state.scheme), policy = given.policies.find((one) => one.id === state.policy);
  const weights = weighed(snapshot, state.metrics, state.weights);
  const some = weights.slice(0, MOST_NAMED).map(([node, weight]) => `${nodeNames.get(node)} ×${weight}`).join(", ");
  const more = weights.length > MOST_NAMED ? ` and ${weights.length - MOST_NAMED} more` : "";
  const left = ids.length - ranking.ranked;
  const sentences = [
    `${scheme?.title} over ${counted(state.metrics.length, "metric")}.`,
    `${scheme?.higher_is_better ? "Higher" : "Lower"} is better.`,
    policy?.sentence,
    weights.length && `Weights: ${some}${more}.`,
    left && !ranking.refused && `Not ranked: ${count(left)} of ${count(ids.length)} ${given.models_are}, ${policy?.left_out}.`,
    !ranking.refused && ranking.baselineRefused &&
      `The ${inside(titled(state.baseline)?.title ?? "")} cannot be compared with: ${ranking.baselineRefused}`,
  ];
  return sentences.filter(Boolean).join(" ");
}

/**
 * Where likely places come from, or why there are none.
 * @param {Ranking} ranking
 * @param {State} state
 * @param {number} draws
 * @param {string | null} [why]
 */
export function likelyText(ranking, state, draws, why) {
  if (why) return ` No likely places: ${NONE_FOR[why]}.`;
  const named = namedSelection(ranking.panel.snapshot, state.metrics) && !ranking.weights;
  const same = named ? ", the same draws as on the selection’s own pages" : "";
  return ` Likely places: the middle 95 % over ${count(draws)} draws of the metrics${same}.`;
}
