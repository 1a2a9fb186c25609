// @ts-check
/** How far every two chosen metrics agree: a square a pair, on a canvas that keys walk over. */

import { csv } from "./cells.js";
import { button, el, save } from "./dom.js";
import { spearman } from "./correlation.js";
import { numberText } from "./numbers.js";
import { counted, rho as written } from "./words.js";

/** @typedef {import("./panel.js").Panel} Panel */

/** Those of builder/charts/theme.py: the sign is the colour, the size its strength. */
const POSITIVE = "60, 143, 69", NEGATIVE = "145, 89, 184";
const SIDE = 620;

/** @param {string} source */
export function heatmapFigure(source) {
  const title = el("p", { className: "ab-figure__title" }), sub = el("p", { className: "ab-figure__sub" });
  const canvas = el("canvas", { className: "ab-x__heat", tabIndex: 0, role: "application" });
  const readout = el("p", { className: "ab-x__readout", "aria-live": "polite" });
  const tools = el("p", { className: "ab-tools" }, button("CSV", () => saveCsv()));
  const root = el("figure", { className: "ab-figure" },
    el("figcaption", {}, title, sub), canvas, readout,
    el("div", { className: "ab-figure__foot" }, el("p", { className: "ab-figure__source" }, `Source: ${source}.`), tools));
  /** What is to be shown, and what is: the former becomes the latter when the figure comes near the window.
   * @type {Panel | null} */
  let wanted = null;
  /** @type {Panel | null} */
  let panel = null;
  let near = false;
  /** @type {Float64Array} */
  let rho = new Float64Array(0);
  let [x, y] = [0, 0], pointed = false;

  /** @param {Panel} given */
  function show(given) {
    wanted = given;
    root.hidden = given.metrics.length < 2;
    if (near) make();
  }

  function make() {
    if (!wanted || wanted === panel) return;
    panel = wanted;
    const m = panel.metrics.length;
    rho = spearman(panel);
    [x, y] = [0, 0];
    pointed = false;
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
    title.textContent = pairs ? `The metrics agree at ρ = ${written(total / pairs)} on average` : "No two of these metrics can be compared";
    const on = panel.policy === "complete"
      ? `over the ${counted(panel.models.length, "complete one")}`
      : "each pair over those that both have scored";
    sub.textContent = `Spearman’s ρ of ${counted(pairs, "pair")} of ${m} metrics, ${on}; ${negative} ${negative === 1 ? "is" : "are"} below 0. Green agrees, purple disagrees, stronger is more.`;
    canvas.setAttribute("aria-label", `${title.textContent}. ${sub.textContent}`);
    readout.textContent = "Point at a square, or walk over them with the arrow keys.";
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
    if (!pointed) return;
    pen.strokeStyle = getComputedStyle(root).color;
    pen.lineWidth = 2;
    pen.strokeRect(x * cell, y * cell, cell - gap, cell - gap);
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
    readout.textContent = x === y ? name(x) : `${name(y)} × ${name(x)}: ρ ${value === value ? written(value) : "undefined"}`;
  }

  /**
   * @param {number} column
   * @param {number} row
   */
  function point(column, row) {
    make();
    const most = (panel?.metrics.length ?? 0) - 1;
    if (most < 1) return;
    [x, y] = [column, row].map((at) => Math.min(most, Math.max(0, at)));
    pointed = true;
    draw();
    say();
  }

  canvas.addEventListener("pointermove", (event) => {
    make();
    const area = canvas.getBoundingClientRect(), m = panel?.metrics.length ?? 0;
    const at = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height].map((share) => Math.floor(share * m));
    if (!pointed || at[0] !== x || at[1] !== y) point(at[0], at[1]);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = /** @type {Record<string, number[]>} */ ({
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    })[event.key];
    if (!step) return;
    event.preventDefault();
    // The first key shows where the walk begins.
    if (pointed) point(x + step[0], y + step[1]);
    else point(x, y);
  });
  new IntersectionObserver((seen) => {
    near = seen[seen.length - 1].isIntersecting;
    if (near) make();
  }, { rootMargin: "50% 0px" }).observe(root);
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });

  function saveCsv() {
    if (!panel) return;
    const { metrics, snapshot } = panel, m = metrics.length;
    const ids = metrics.map((metric) => snapshot.given.metrics[metric].id);
    const lines = [["metric_a", "metric_b", "rho"]];
    for (let a = 0; a < m; a++) for (let b = a + 1; b < m; b++) lines.push([ids[a], ids[b], numberText(rho[a * m + b])]);
    save(`${snapshot.given.study}-${snapshot.given.snapshot}-agreement.csv`, csv(lines));
  }

  return { root, show };
}
