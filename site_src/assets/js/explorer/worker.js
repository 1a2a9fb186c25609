// @ts-check
/** Intervals, beside the page: a few draws at a time, so that the next question can end this one. */

import { makePanel } from "./panel.js";
import { fetchSnapshot } from "./snapshot.js";
import { weightsOf } from "./compute.js";
import { drawer, drawnPlaces, drawnWeights, drawsOf, likelyPlaces, strataOf, USABLE } from "./draws.js";
import { aggregate } from "./schemes.js";

/** @typedef {import("./compute.js").Choice} Choice */

/**
 * @typedef {object} Question
 * @property {number} id
 * @property {string} address  of the document
 * @property {Choice} choice
 * @property {string} seed
 * @property {number} ranked  models that have a place
 */

const PATIENCE = 30;

/** @type {Map<string, Promise<import("./snapshot.js").Snapshot>>} */
const snapshots = new Map();
let asked = 0;

addEventListener("message", async (event) => {
  /** @type {Question} */
  const question = event.data;
  asked = question.id;
  const snapshot = await held(question.address);
  const found = await intervals(snapshot, question, () => asked !== question.id);
  if (found) postMessage({ id: question.id, ...found });
});

/**
 * The snapshot, loaded once; again after a failure.
 * @param {string} address
 */
function held(address) {
  const found = snapshots.get(address) ?? fetchSnapshot(address);
  snapshots.set(address, found);
  found.catch(() => snapshots.delete(address));
  return found;
}

/** @param {Int32Array[]} drawn */
function allAlike(drawn) {
  return drawn.every((places) => places.every((place, i) => place === drawn[0][i]));
}

/**
 * @param {import("./snapshot.js").Snapshot} snapshot
 * @param {Question} question
 * @param {() => boolean} over  whether another question has come
 */
async function intervals(snapshot, { choice, seed, ranked }, over) {
  const { most, different } = drawsOf(snapshot, choice.scheme, ranked, choice.metrics.length);
  const panel = makePanel(snapshot, choice.metrics, choice.policy);
  const n = panel.models.length;
  const weights = weightsOf(snapshot, choice.metrics, choice.weights);
  const strata = strataOf(panel, weights);
  if (strata.filter((stratum) => stratum >= 0).length < 2 || ranked < 2) return { why: "few" };
  if (!most) return { why: "many" };
  const draw = drawer(strata, BigInt(seed));
  const better = Boolean(snapshot.given.schemes.find((one) => one.id === choice.scheme)?.higher_is_better);
  /** @type {Int32Array[]} */
  const drawn = [];
  // Of few metrics the same are drawn time and again.
  /** @type {Map<string, Int32Array>} */
  const known = new Map();
  let draws = 0, rested = performance.now();
  for (; draws < most; draws++) {
    const counts = draw(), sign = counts.join();
    if (!known.has(sign) && known.size === different) break;
    const places = known.get(sign) ?? drawnPlaces(aggregate(panel, choice.scheme, drawnWeights(counts, weights)), better);
    known.set(sign, places);
    if (places.some((place) => place > 0)) drawn.push(places);
    if (performance.now() - rested < PATIENCE) continue;
    await new Promise((resolve) => { setTimeout(resolve); });
    if (over()) return null;
    rested = performance.now();
  }
  if (drawn.length < USABLE * draws && allAlike(drawn)) return { why: "alike" };
  return { ...likelyPlaces(drawn, n), draws: drawn.length };
}
