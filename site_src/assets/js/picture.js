// @ts-check
/** A button that saves a figure as a PNG, drawn by the browser from its SVG; there is none without a canvas. */

/** Pixels of the picture for one of the figure. */
const SCALE = 3;

/** @param {ParentNode} root */
export function pictureButtons(root) {
  for (const button of root.querySelectorAll("button.ab-png")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => save(button));
  }
}

/** @param {HTMLButtonElement} button */
async function save(button) {
  const svg = button.dataset.svg ?? "";
  const name = button.textContent;
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await picture(svg));
    link.download = svg.replace(/.*\//, "").replace(/\.svg$/, ".png");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 6e4);
  } catch (error) {
    console.error(error);
    button.textContent = "Could not be drawn; take the SVG";
    setTimeout(() => (button.textContent = name), 2000);
  }
}

/**
 * @param {string} svg  where it is
 * @returns {Promise<Blob>}
 */
async function picture(svg) {
  const image = new Image();
  await new Promise((done, fail) => {
    [image.onload, image.onerror] = [done, () => fail(new Error(`no ${svg}`))];
    image.src = svg;
  });
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"));
}
