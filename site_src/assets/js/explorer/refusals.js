// @ts-check
/** Why a scheme makes no sense of a panel, in the builder's own sentences. */

import { componentFault, fairWeights } from "./latent.js";
import { counting } from "./tree.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./schemes.js").Weights} Weights */

const PAIRS = ["copeland", "minimax", "baldwin"];

/**
 * One sentence for a reader; empty where the scheme has something to say.
 * @param {Panel} panel
 * @param {string} scheme
 * @param {Weights | null} weights
 */
export function refusal(panel, scheme, weights) {
  const { given, nodeNames } = panel.snapshot;
  const refused = given.schemes.find((one) => one.id === scheme)?.refused[panel.policy];
  if (refused) return refused;
  const counted = counting(panel, weights);
  const turned = counted.find((metric) => !given.metrics[metric].higher_is_better);
  const say = (/** @type {string} */ key, /** @type {string} */ name) =>
    given.sentences[key].replace(/\{\w+\}/g, () => name);
  const nameOf = (/** @type {number} */ metric) => given.metrics[metric].name;
  if (turned !== undefined && (panel.policy === "zero" || panel.policy === "attempted")) {
    return say("zero_is_best", nameOf(turned));
  }
  if (!panel.metrics.length) return "No metric is chosen.";
  if (!panel.models.length) return `No ${given.models_are} remain under this policy.`;
  if (!counted.length) return "Every metric has weight 0.";
  if (PAIRS.includes(scheme) && panel.models.length > given.most_compared) return say("too_many", given.models_are);
  if (scheme === "geometric-mean") {
    if (turned !== undefined) return say("geometric_turned", nameOf(turned));
    const low = panel.scores.findIndex((column, j) => counted.includes(panel.metrics[j]) && column.some((score) => score <= 0));
    return low < 0 ? "" : say("geometric_low", nameOf(panel.metrics[low]));
  }
  if (scheme === "first-component") {
    const fault = componentFault(panel, weights);
    return fault && say(fault, "");
  }
  if (scheme === "fair-contribution") {
    const found = fairWeights(panel, weights);
    if (typeof found !== "string") return "";
    const [key, ...group] = found.split(" ");
    return say(key, nodeNames.get(group.join(" ")) ?? "");
  }
  return "";
}
