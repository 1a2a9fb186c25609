// @ts-check
/** How far every two chosen metrics agree: a square a pair, on a canvas that keys walk over. */

import { button, el, save } from "./dom.js";
import { spearman } from "./correlation.js";
import { numberText } from "./numbers.js";
import { counted, fixed } from "./words.js";

/** @typedef {import("./panel.js").Panel} Panel */

/** Those of builder/charts/theme.py: the sign is the colour, the size its strength. */
const POSITIVE = "60, 143, 69", NEGATIVE = "145, 89, 184";
const SIDE = 620;

/** @param {string} source */
export function heatmapFigure(source) {
  const title = el("p", { className: "ab-figure__title" }), sub = el("p", { className: "ab-figure__sub" });
  const canvas = el("canvas", { className: "ab-x__heat", tabIndex: 0, role: "img" });
  const readout = el("p", { className: "ab-x__readout", "aria-live": "polite" });
  const tools = el("p", { className: "ab-tools" }, button("CSV", () => saveCsv()));
  const root = el("figure", { className: "ab-figure" },
    el("figcaption", {}, title, sub), canvas, readout,
    el("div", { className: "ab-figure__foot" }, el("p", { className: "ab-figure__source" }, `Source: ${source}.`), tools));
  /** @type {Panel | null} */
  let panel = null;
  /** @type {Float64Array} */
  let rho = new Float64Array(0);
  let [x, y] = [0, 0];

  /** @param {Panel} given */
  function show(given) {
    panel = given;
    const m = panel.metrics.length;
    root.hidden = m < 2;
    if (m < 2) return;
    rho = spearman(panel);
    [x, y] = [Math.min(x, m - 1), Math.min(y, m - 1)];
    let total = 0, pairs = 0, negative = 0;
    for (let a = 0; a < m; a++) {
      for (let b = 0; b < a; b++) {
        const value = rho[a * m + b];
        if (value !== value) continue;
        total += value;
        pairs++;
        if (value < 0) negative++;
      }
    }
    title.textContent = pairs ? `The metrics agree at ρ = ${fixed(total / pairs, 2)} on average` : "No two of these metrics can be compared";
    const on = panel.policy === "complete"
      ? `over the ${counted(panel.models.length, "complete one")}`
      : "each pair over those that both have scored";
    sub.textContent = `Spearman’s ρ of ${counted(pairs, "pair")} of ${m} metrics, ${on}; ${negative} ${negative === 1 ? "is" : "are"} below 0. Green agrees, purple disagrees, stronger is more.`;
    canvas.setAttribute("aria-label", `${title.textContent}. ${sub.textContent}`);
    readout.textContent = "Point at a square, or walk with the arrow keys.";
    draw();
  }

  function draw() {
    if (!panel) return;
    const m = panel.metrics.length, cell = Math.max(1, Math.floor(SIDE / m));
    canvas.width = canvas.height = cell * m;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const gap = cell > 5 ? 1 : 0;
    for (let a = 0; a < m; a++) {
      for (let b = 0; b < m; b++) {
        const value = rho[a * m + b];
        if (value !== value) continue;
        pen.fillStyle = `rgba(${value < 0 ? NEGATIVE : POSITIVE}, ${a === b ? 0.16 : Math.abs(value)})`;
        pen.fillRect(b * cell, a * cell, cell - gap, cell - gap);
      }
    }
    pen.fillStyle = getComputedStyle(canvas).color;
    for (const at of borders()) {
      pen.fillRect(at * cell - 1, 0, 1, cell * m);
      pen.fillRect(0, at * cell - 1, cell * m, 1);
    }
  }

  /** Where one top group ends and the next begins. */
  function borders() {
    const { metrics, snapshot } = /** @type {Panel} */ (panel);
    const tops = snapshot.children.get("") ?? [];
    const above = metrics.map((metric) => tops.findIndex((top) => snapshot.leaves.get(top)?.includes(metric)));
    return above.flatMap((top, at) => (at && top !== above[at - 1] ? [at] : []));
  }

  function say() {
    if (!panel) return;
    const { metrics, snapshot } = panel, m = metrics.length;
    const name = (/** @type {number} */ at) => snapshot.given.metrics[metrics[at]].name;
    const value = rho[y * m + x];
    readout.textContent = x === y ? name(x) : `${name(y)} × ${name(x)}: ρ ${value === value ? fixed(value, 2) : "undefined"}`;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!panel) return;
    const area = canvas.getBoundingClientRect(), m = panel.metrics.length;
    x = Math.min(m - 1, Math.max(0, Math.floor(((event.clientX - area.left) / area.width) * m)));
    y = Math.min(m - 1, Math.max(0, Math.floor(((event.clientY - area.top) / area.height) * m)));
    say();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = /** @type {Record<string, number[]>} */ ({
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    })[event.key];
    if (!step || !panel) return;
    event.preventDefault();
    const most = panel.metrics.length - 1;
    x = Math.min(most, Math.max(0, x + step[0]));
    y = Math.min(most, Math.max(0, y + step[1]));
    say();
  });
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });

  function saveCsv() {
    if (!panel) return;
    const { metrics, snapshot } = panel, m = metrics.length;
    const id = (/** @type {number} */ at) => `"${snapshot.given.metrics[metrics[at]].id.replace(/"/g, '""')}"`;
    const lines = ["metric_a,metric_b,rho"];
    for (let a = 0; a < m; a++) for (let b = a + 1; b < m; b++) lines.push(`${id(a)},${id(b)},${numberText(rho[a * m + b])}`);
    save("agreement.csv", `${lines.join("\n")}\n`);
  }

  return { root, show };
}
