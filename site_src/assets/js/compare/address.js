// @ts-check
/** What is compared as an address, version 1: `?v=1&m=...&set=...&policy=...&by=difference`. */

/** @typedef {import("./counts.js").Given} Given */

/**
 * @typedef {object} State
 * @property {number[]} models  positions in the document
 * @property {string} selection
 * @property {string} policy
 * @property {boolean} byDifference
 */

/**
 * @param {Given} given
 * @returns {State}
 */
export function initialState({ models, start }) {
  const found = start.models.map((id) => models.id.indexOf(id)).filter((at) => at >= 0);
  return { models: found, selection: start.selection, policy: start.policy, byDifference: false };
}

/**
 * What stands behind the address, with its question mark; empty for what the page starts from.
 * @param {Given} given
 * @param {State} state
 */
export function encode(given, state) {
  const start = initialState(given), parts = [];
  if (String(state.models) !== String(start.models)) {
    parts.push(`m=${state.models.map((at) => encodeURIComponent(given.models.id[at])).join(",")}`);
  }
  if (state.selection !== start.selection) parts.push(`set=${encodeURIComponent(state.selection)}`);
  if (state.policy !== start.policy) parts.push(`policy=${encodeURIComponent(state.policy)}`);
  if (state.byDifference) parts.push("by=difference");
  return parts.length ? `?${["v=1", ...parts].join("&")}` : "";
}

/**
 * The state that an address names, and a sentence for each thing that it could not be held to.
 * @param {Given} given
 * @param {string} search
 * @returns {{ state: State, problems: string[] }}
 */
export function decode(given, search) {
  const state = initialState(given), asked = new URLSearchParams(search);
  /** @type {string[]} */
  const problems = [];
  const version = asked.get("v");
  if (version !== null && version !== "1") problems.push(`The address is of version ${version}; this page reads version 1.`);
  const wanted = asked.get("m");
  if (wanted !== null) {
    const ids = [...new Set(wanted.split(",").filter(Boolean))];
    const lost = ids.filter((id) => !given.models.id.includes(id));
    if (lost.length) problems.push(`This page has no “${lost.join("”, “")}” to compare.`);
    const there = ids.filter((id) => given.models.id.includes(id)).map((id) => given.models.id.indexOf(id));
    if (there.length > given.most) problems.push(`The address names ${there.length} ${given.models_are}; the first ${given.most} are shown.`);
    state.models = there.slice(0, given.most);
  }
  for (const [key, name, among] of /** @type {const} */ ([
    ["set", "selection", given.selections], ["policy", "policy", given.policies],
  ])) {
    const value = asked.get(key);
    if (value === null) continue;
    if (among.some((one) => one.id === value)) state[name] = value;
    else problems.push(`This snapshot has no ${name === "policy" ? "coverage policy" : name} “${value}”.`);
  }
  state.byDifference = asked.get("by") === "difference";
  return { state, problems };
}
