// @ts-check
/** A square of the figure of how metrics agree leads to its two metrics. */

/** @param {HTMLElement} root  says which metrics stand in the figure, how large its squares are, where pairs are shown */
export function squaresLead(root) {
  const figure = document.getElementById(root.dataset.squares ?? "");
  /** @type {string[]} */
  const metrics = JSON.parse(root.dataset.metrics ?? "[]");
  const cell = Number(root.dataset.cell);
  /** @param {MouseEvent} event */
  function pairAt({ target, clientX, clientY }) {
    const drawing = target instanceof SVGElement ? target.ownerSVGElement?.querySelector(":scope > g") : null;
    // The figure's first group starts where its squares do, as it stands in the page and when it was made live.
    const way = drawing instanceof SVGGraphicsElement ? drawing.getScreenCTM()?.inverse() : null;
    if (!way) return "";
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(way);
    const [column, row] = [x, y].map((place) => Math.floor(place / cell));
    if (row === column || !metrics[row] || !metrics[column]) return "";
    const among = root.dataset.set ? `&set=${encodeURIComponent(root.dataset.set)}` : "";
    return `${root.dataset.pairs}?v=1&x=${encodeURIComponent(metrics[column])}&y=${encodeURIComponent(metrics[row])}${among}`;
  }
  figure?.addEventListener("pointermove", (event) => {
    figure.style.cursor = pairAt(event) ? "pointer" : "";
  });
  figure?.addEventListener("click", (event) => {
    const address = pairAt(event);
    if (address) location.assign(new URL(address, document.baseURI));
  });
}
