// @ts-check
/** What to add to the study so that the metrics chosen here are a selection with pages of its own. */

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */

/**
 * A table for data/studies/<study>.toml.
 * @param {Snapshot} snapshot
 * @param {number[]} metrics  positions, in tree order
 * @param {string} title
 */
export function selectionToml(snapshot, metrics, title) {
  const { given, children, leaves, groupIds } = snapshot;
  const chosen = new Set(metrics), taken = new Set(given.selections.map((one) => one.id));
  /** @type {string[]} */
  const entries = [];
  /** @type {string[]} */
  const without = [];
  const walk = (/** @type {string} */ node) => {
    const below = leaves.get(node) ?? [];
    const out = below.filter((metric) => !chosen.has(metric));
    if (out.length === below.length) return;
    if (node && !groupIds.has(node)) entries.push(entry(node));
    else if (node && out.length * 4 <= below.length) {
      entries.push(`group:${node}`);
      without.push(...out.map((metric) => entry(given.metrics[metric].id)));
    } else (children.get(node) ?? []).forEach(walk);
  };
  if (metrics.length === given.metrics.length) entries.push("*");
  else walk("");
  const lines = [`[selections.${freeId(title, taken)}]`, `title = ${quoted(title)}`, list("metrics", entries)];
  if (without.length) lines.push(list("without", without));
  return `${lines.join("\n")}\n`;
}

/**
 * A metric's id where a pattern may stand: its signs stand for themselves.
 * @param {string} id
 */
function entry(id) {
  if (/[*?]/.test(id)) return id.replace(/[*?[]/g, (sign) => `[${sign}]`);
  return id;
}

/**
 * An id for an address, made of the title, that no selection has.
 * @param {string} title
 * @param {Set<string>} taken
 */
function freeId(title, taken) {
  const ascii = title.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const base = ascii.slice(0, 58).replace(/^-+|-+$/g, "") || "my-selection";
  let found = base;
  for (let number = 2; taken.has(found); number++) found = `${base}-${number}`;
  return found;
}

/**
 * @param {string} key
 * @param {string[]} entries
 */
function list(key, entries) {
  const [only] = entries;
  if (entries.length === 1) return `${key} = [${quoted(only)}]`;
  const lines = entries.map((one) => `    ${quoted(one)},\n`);
  return `${key} = [\n${lines.join("")}]`;
}

/**
 * A basic string of TOML.
 * @param {string} text
 */
function quoted(text) {
  // JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
  return JSON.stringify(text).replace(/\u007f/g, "\\u007F");
}
