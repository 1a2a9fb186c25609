// @ts-check
/** Asks the worker for likely places, a moment after the last change. */

/** @typedef {import("./compute.js").Ranking} Ranking */
/** @typedef {import("./compute.js").Choice} Choice */

const MOMENT = 150;
export const OF_ONES_OWN = "explorer";

/**
 * @param {string} address  of the document
 * @param {(likely: import("./rowset.js").Likely, draws: number, why?: string) => void} answer  and why there are none
 */
export function likelyPlacesOf(address, answer) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  let id = 0, timer = 0;
  worker.addEventListener("message", ({ data }) => {
    if (data.id === id) answer(data.why ? null : data, data.draws, data.why);
  });
  /**
   * @param {Ranking} ranking
   * @param {Choice} choice
   * @param {string} selection  a named one, or OF_ONES_OWN
   */
  return (ranking, choice, selection) => {
    id++;
    clearTimeout(timer);
    if (ranking.refused) return;
    const seed = ranking.panel.snapshot.given.seeds[selection][choice.policy];
    const question = { id, address, seed, ranked: ranking.ranked, choice };
    timer = setTimeout(() => worker.postMessage(question), MOMENT);
  };
}
