// @ts-check
/** The models of two metrics as points; the nearest to the pointer, or the one that arrow keys reach, is named. */

/** @typedef {import("./points.js").Point} Point */
/** @typedef {{ title: string, numbers: number[], ticks: number[], best: "low" | "high", text: (tick: number) => string }} Axis */

const SVG = "http://www.w3.org/2000/svg";
const SIDE = 460, LEFT = 62, BOTTOM = 50, MARGIN = 12, NEAR = 30;

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Round numbers within a range, about five of them.
 * @param {number} low
 * @param {number} high
 */
export function ticksOf(low, high) {
  if (!(high > low)) return [low];
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) ?? rough;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

/**
 * @param {Axis[]} axes  across, with the best at the right, and up, with the best at the top
 * @param {{ say: (at: number) => void, follow: (at: number) => void }} told  which point is meant, and which is chosen
 */
export function plotOf(axes, { say, follow }) {
  const inner = SIDE - LEFT - MARGIN, deep = SIDE - BOTTOM - MARGIN;
  const scales = axes.map(({ numbers, best }, i) => {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)], room = (high - low || 1) * 0.03;
    const share = (/** @type {number} */ value) => {
      const from = (value - low + room) / (high - low + 2 * room);
      return best === "high" ? from : 1 - from;
    };
    return (/** @type {number} */ value) => (i ? MARGIN + (1 - share(value)) * deep : LEFT + share(value) * inner);
  });
  const at = axes[0].numbers.map((value, i) => [scales[0](value), scales[1](axes[1].numbers[i])]);
  const lines = svg("g", { class: "ab-p__lines" }), names = svg("g", { class: "ab-p__ticks" });
  axes.forEach(({ ticks, text, title }, i) => {
    for (const tick of ticks) {
      const place = scales[i](tick);
      const [x1, x2, y1, y2] = i ? [LEFT, SIDE - MARGIN, place, place] : [place, place, MARGIN, SIDE - BOTTOM];
      lines.append(svg("line", { x1, x2, y1, y2 }));
      names.append(i ? svg("text", { x: LEFT - 6, y: place + 4, "text-anchor": "end" }, text(tick))
        : svg("text", { x: place, y: SIDE - BOTTOM + 16, "text-anchor": "middle" }, text(tick)));
    }
    names.append(i
      ? svg("text", { class: "ab-p__axis", "text-anchor": "middle", transform: `translate(13 ${MARGIN + deep / 2}) rotate(-90)` }, title)
      : svg("text", { class: "ab-p__axis", x: LEFT + inner / 2, y: SIDE - 8, "text-anchor": "middle" }, title));
  });
  const points = svg("g", { class: "ab-p__points" }, ...at.map(([cx, cy]) => svg("circle", { cx, cy, r: 3.4 })));
  const mark = svg("circle", { class: "ab-p__mark", r: 6.5, visibility: "hidden" });
  const root = svg("svg", { class: "ab-p__plot", viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: "application" }, lines, names, points, mark);

  let meant = -1;
  /** @param {number} next  -1 for none */
  function mean(next) {
    if (next === meant) return;
    meant = next;
    mark.setAttribute("visibility", next < 0 ? "hidden" : "visible");
    if (next >= 0) ["cx", "cy"].forEach((name, i) => mark.setAttribute(name, String(at[next][i])));
    say(next);
  }

  /** @param {MouseEvent} event */
  function nearest(event) {
    const box = root.getBoundingClientRect(), scale = SIDE / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let found = -1, least = NEAR;
    at.forEach(([cx, cy], i) => {
      const far = Math.hypot(cx - x, cy - y);
      if (far < least) [found, least] = [i, far];
    });
    return found;
  }
  root.addEventListener("pointermove", (event) => mean(nearest(event)));
  root.addEventListener("click", (event) => {
    const chosen = nearest(event);
    mean(chosen);
    if (chosen >= 0) follow(chosen);
  });

  const across = at.map((_, i) => i).sort((a, b) => at[a][0] - at[b][0] || at[b][1] - at[a][1]);
  root.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Enter" && meant >= 0) follow(meant);
    if (!step || !across.length) return;
    event.preventDefault();
    const now = across.indexOf(meant);
    mean(across[now < 0 ? 0 : Math.min(across.length - 1, Math.max(0, now + step))]);
  });
  return root;
}
