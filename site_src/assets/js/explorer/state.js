// @ts-check
/**
 * The state of the page as an address, version 1: `?v=1&set=...&m=...&policy=...&scheme=...&base=...&w=...&pin=...
 * &find=...&sort=...&cells=1`. What is as the study starts is left out. `m` names what is added to the selection and,
 * behind an exclamation mark, what is taken from it: metrics or groups, in order. `w` gives weights as `node:2`. In a
 * list an id's own commas and percent signs are escaped once more, and an exclamation mark that it begins with.
 */

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */

/**
 * @typedef {object} Extra
 * @property {string[]} pins  model ids
 * @property {string} find  text in models' names
 * @property {{ column: string, down: boolean } | null} sort  null for the order of places
 * @property {boolean} cells  whether the chosen metrics' scores are shown
 */
/** @typedef {import("./compute.js").Choice & Extra} State */

export const VERSION = "1";
const NO_SELECTION = "none", MOST_WEIGHT = 10;
/** Search puts it behind the addresses that it finds. */
const NOT_OURS = new Set(["h"]);

/**
 * What the page starts from.
 * @param {Snapshot} snapshot
 * @returns {State}
 */
export function initialState({ given }) {
  const { selection, policy, scheme } = given.default;
  return {
    metrics: metricsOf(given, selection) ?? given.metrics.map((_, j) => j),
    policy, scheme, baseline: given.baseline,
    weights: new Map(), pins: [], find: "", sort: null, cells: false,
  };
}

/**
 * @param {Snapshot["given"]} given
 * @param {string} selection
 */
function metricsOf(given, selection) {
  return given.selections.find((one) => one.id === selection)?.metrics.slice();
}

/**
 * The named selection that has just these metrics; undefined where none has.
 * @param {Snapshot} snapshot
 * @param {number[]} metrics
 */
export function namedSelection({ given }, metrics) {
  const wanted = String(metrics);
  const fitting = given.selections.filter((one) => String(one.metrics) === wanted);
  return fitting.find((one) => one.id === given.default.selection) ?? fitting[0];
}

/** @param {string} text */
function escaped(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, hex);
}

/** @param {string} sign */
function hex(sign) {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}

/**
 * An id as it stands in a list.
 * @param {string} id
 */
function item(id) {
  return escaped(id.replace(/^!|[%,]/g, hex));
}

/**
 * What stands behind the address, with its question mark; empty for what the page starts from.
 * @param {Snapshot} snapshot
 * @param {State} state
 */
export function encode(snapshot, state) {
  const { given } = snapshot, start = initialState(snapshot);
  const parts = encodeMetrics(snapshot, state.metrics);
  const add = (/** @type {string} */ key, /** @type {string} */ value, /** @type {string} */ usual) => {
    if (value !== usual) parts.push(`${key}=${escaped(value)}`);
  };
  add("policy", state.policy, start.policy);
  add("scheme", state.scheme, start.scheme);
  add("base", state.baseline, given.baseline);
  const weights = [...state.weights].map(([node, weight]) => `${item(node)}:${weight}`);
  if (weights.length) parts.push(`w=${weights.join(",")}`);
  if (state.pins.length) parts.push(`pin=${state.pins.map(item).join(",")}`);
  add("find", state.find, "");
  add("sort", state.sort ? `${state.sort.down ? "-" : ""}${state.sort.column}` : "", "");
  add("cells", state.cells ? "1" : "", "");
  return parts.length ? `?v=${VERSION}&${parts.join("&")}` : "";
}

/**
 * The shortest of what names the metrics: a selection, and what differs from it.
 * @param {Snapshot} snapshot
 * @param {number[]} metrics
 * @returns {string[]}
 */
function encodeMetrics(snapshot, metrics) {
  const { given } = snapshot;
  const named = namedSelection(snapshot, metrics);
  const bases = named ? [named] : [...given.selections];
  if (!named && !metricsOf(given, NO_SELECTION)) bases.push({ id: NO_SELECTION, title: "", metrics: [] });
  const found = bases.map((base) => {
    const parts = base.id === given.default.selection ? [] : [`set=${escaped(base.id)}`];
    const tokens = difference(snapshot, new Set(base.metrics), new Set(metrics));
    return tokens.length ? [...parts, `m=${tokens.join(",")}`] : parts;
  });
  return found.reduce((best, one) => (one.join("&").length < best.join("&").length ? one : best));
}

/**
 * @param {Snapshot} snapshot
 * @param {Set<number>} from
 * @param {Set<number>} to
 */
function difference({ children, leaves }, from, to) {
  /** @type {string[]} */
  const tokens = [];
  const walk = (
    /** @type {string} */ node, /** @type {(metric: number) => boolean} */ may,
    /** @type {(metric: number) => boolean} */ must, /** @type {string} */ sign,
  ) => {
    const below = leaves.get(node) ?? [];
    if (!below.some(must)) return;
    if (node && below.every(may)) tokens.push(sign + item(node));
    else for (const child of children.get(node) ?? []) walk(child, may, must, sign);
  };
  walk("", (metric) => !to.has(metric), (metric) => from.has(metric) && !to.has(metric), "!");
  walk("", (metric) => to.has(metric), (metric) => to.has(metric) && !from.has(metric), "");
  return tokens;
}

/**
 * The state that an address names, and a sentence for each thing that it could not be held to.
 * @param {Snapshot} snapshot
 * @param {string} search  what stands behind the address, with its question mark or without
 * @returns {{ state: State, problems: string[] }}
 */
export function decode(snapshot, search) {
  const state = initialState(snapshot);
  /** @type {string[]} */
  const problems = [];
  /** @type {Map<string, string>} */
  const given = new Map();
  for (const part of search.replace(/^\?/, "").split("&")) {
    if (!part) continue;
    const at = part.indexOf("=");
    const [key, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    if (NOT_OURS.has(key)) continue;
    if (!Object.hasOwn(READERS, key) && key !== "v") problems.push(`The address says “${plain(key)}”, which the explorer does not know.`);
    else if (given.has(key)) problems.push(`The address says “${key}” twice; the first counts.`);
    else given.set(key, value);
  }
  const version = given.get("v") ?? VERSION;
  if (version !== VERSION) problems.push(`The address is of version ${plain(version)}; this page reads version ${VERSION}.`);
  for (const [key, read] of Object.entries(READERS)) {
    const value = given.get(key);
    if (value !== undefined) read(snapshot, state, value, problems);
  }
  return { state, problems };
}

/** @typedef {(snapshot: Snapshot, state: State, value: string, problems: string[]) => void} Reader */

/**
 * @param {"policy" | "scheme" | "baseline"} key
 * @param {"policies" | "schemes"} among
 * @param {string} word
 * @returns {Reader}
 */
const oneOf = (key, among, word) => ({ given }, state, value, problems) => {
  const wanted = plain(value);
  if (given[among].some((/** @type {{ id: string }} */ one) => one.id === wanted)) state[key] = wanted;
  else problems.push(`There is no ${word} “${wanted}” here; “${state[key]}” is shown.`);
};

/** In the order in which they are read. @type {Record<string, Reader>} */
const READERS = {
  set: ({ given }, state, value, problems) => {
    const wanted = plain(value);
    const found = metricsOf(given, wanted) ?? (wanted === NO_SELECTION ? [] : undefined);
    if (found) state.metrics = found;
    else problems.push(`This snapshot has no selection “${wanted}”; the one that the study starts from is shown.`);
  },
  m: (snapshot, state, value, problems) => {
    const chosen = new Set(state.metrics);
    for (const token of listOf(value)) {
      const out = token.startsWith("!"), node = unescaped(out ? token.slice(1) : token);
      const below = node ? snapshot.leaves.get(node) : undefined;
      if (!below) problems.push(`This snapshot has no metric or group “${node}”; it is left out.`);
      for (const metric of below ?? []) {
        if (out) chosen.delete(metric);
        else chosen.add(metric);
      }
    }
    state.metrics = [...chosen].sort((a, b) => a - b);
  },
  policy: oneOf("policy", "policies", "coverage policy"),
  scheme: oneOf("scheme", "schemes", "scheme"),
  base: oneOf("baseline", "schemes", "scheme"),
  w: (snapshot, state, value, problems) => {
    for (const token of listOf(value)) {
      const at = token.lastIndexOf(":"), node = unescaped(token.slice(0, Math.max(at, 0))), text = token.slice(at + 1);
      const weight = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
      if (!node || !snapshot.leaves.has(node)) problems.push(`This snapshot has no metric or group “${node || token}” to weigh.`);
      else if (!(weight <= MOST_WEIGHT)) problems.push(`“${text}” is no weight from 0 to ${MOST_WEIGHT}; “${node}” counts once.`);
      else if (weight !== 1) state.weights.set(node, weight);
    }
  },
  pin: (snapshot, state, value, problems) => {
    const lost = [];
    for (const id of listOf(value).map(unescaped)) {
      if (!snapshot.modelAt.has(id)) lost.push(id);
      else if (!state.pins.includes(id)) state.pins.push(id);
    }
    if (lost.length) problems.push(`This snapshot has no “${lost.join("”, “")}” to pin.`);
  },
  find: (_snapshot, state, value) => { state.find = plain(value); },
  sort: ({ metricAt }, state, value, problems) => {
    const text = plain(value), down = text.startsWith("-"), column = down ? text.slice(1) : text;
    const cell = column.startsWith("=") && metricAt.has(column.slice(1));
    if (SORTABLE.has(column) || cell) state.sort = { column, down };
    else problems.push(`There is no column “${column}” to sort by.`);
  },
  cells: (_snapshot, state, value, problems) => {
    if (value === "1") state.cells = true;
    else problems.push(`“cells” is 1 or not there, not “${plain(value)}”.`);
  },
};

/** Columns that a table may be sorted by; one of a metric is its id behind an equals sign. */
export const SORTABLE = new Set(["place", "model", "value", "likely", "base", "moved", "scored", "failed", "missing"]);

/**
 * Escaped text read; what is not well escaped stands as it is.
 * @param {string} text
 */
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} value  of the address, in which a plus sign is a space */
function plain(value) {
  return unescaped(value.replace(/\+/g, " "));
}

/** @param {string} value */
function listOf(value) {
  return plain(value).split(",").filter(Boolean);
}
