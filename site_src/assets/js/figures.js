// @ts-check
/**
 * Figures stand as static SVG; the button beside one loads Vega, once, and draws the same figure live in place.
 * The box keeps its height while that happens, so nothing on the page moves.
 */

/** @param {ParentNode} root */
export function liveFigures(root) {
  for (const button of root.querySelectorAll("button.ab-live")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.hidden = false;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => toggle(button));
  }
}

/** @param {HTMLButtonElement} button */
async function toggle(button) {
  const plot = button.closest("figure")?.querySelector(".ab-figure__plot");
  if (!(plot instanceof HTMLElement)) return;
  const picture = plot.querySelector("svg.chart");
  const drawn = plot.querySelector(".ab-drawn");
  if (!(picture instanceof SVGElement)) return;
  if (drawn) {
    views.get(drawn)?.finalize();
    drawn.remove();
    show(button, picture, false);
    return;
  }
  button.disabled = true;
  plot.style.minHeight = `${picture.getBoundingClientRect().height}px`;
  try {
    await draw(plot, button.dataset.spec ?? "");
    show(button, picture, true);
  } catch (error) {
    button.textContent = "Interactive figure could not be loaded";
    console.warn(error);
  } finally {
    button.disabled = false;
    plot.style.minHeight = "";
  }
}

/** What Vega drew into a box; it listens to the window until it is told that it is over. */
const views = new WeakMap();

/**
 * @param {HTMLElement} plot
 * @param {string} address
 */
async function draw(plot, address) {
  const [vega, answer] = await Promise.all([import("./vega.js"), fetch(new URL(address, document.baseURI))]);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const box = document.createElement("div");
  box.className = "ab-drawn";
  views.set(box, await vega.draw(box, withRows(await answer.json())));
  plot.append(box);
}

/**
 * @param {HTMLButtonElement} button
 * @param {SVGElement} picture
 * @param {boolean} live
 */
function show(button, picture, live) {
  picture.style.display = live ? "none" : "";
  button.setAttribute("aria-pressed", String(live));
  button.textContent = live ? "Static" : "Interactive";
}

/**
 * A specification whose CSV has become rows: Vega's own reader makes code of text, which no page may do.
 * @param {any} part
 * @param {Record<string, any>} held  name -> data set
 * @returns {any}
 */
function withRows(part, held = part.datasets ?? {}) {
  if (Array.isArray(part)) return part.map((one) => withRows(one, held));
  if (part === null || typeof part !== "object") return part;
  const text = part.values ?? held[part.name];
  if (typeof text === "string" && part.format?.type === "csv") {
    return { values: rows(text, part.format.parse ?? {}) };
  }
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withRows(value, held)]));
}

/**
 * @param {string} text  CSV as RFC 4180 has it
 * @param {Record<string, string>} parse  column -> "number" for those that are; an empty cell is null there
 */
export function rows(text, parse) {
  const [head = [], ...body] = cells(text);
  return body.map((row) => Object.fromEntries(head.map((name, i) => {
    const cell = row[i] ?? "";
    return [name, parse[name] !== "number" ? cell : cell === "" ? null : Number(cell)];
  })));
}

/** @param {string} text */
function cells(text) {
  /** @type {string[][]} */
  const found = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/g)) {
    const row = found[found.length - 1];
    if (end === "" && quoted === undefined && plain === "" && !row.length) break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\n") found.push([]);
    if (end === "") break;
  }
  return found.filter((row) => row.length);
}
