// @ts-check
/** Says on every page of a snapshot that it was corrected. The page itself may be frozen: it learns so here. */

import { versionsAt } from "./theme/versions.js";

/** @param {ParentNode} page */
export async function sayCorrection(page) {
  const note = page.querySelector(".ab-correction[data-versions]");
  if (!(note instanceof HTMLElement)) return;
  const { versions = "", snapshot } = note.dataset;
  try {
    const address = new URL(versions, location.href);
    const found = (await versionsAt(address)).find((one) => one.version === snapshot)?.properties;
    if (!found?.corrected_by) return;
    const link = document.createElement("a");
    link.href = new URL(`${encodeURIComponent(found.corrected_by)}/`, address).href;
    link.textContent = found.corrected_by;
    const why = (found.why ?? "").replace(/([^.!?])$/, "$1.");
    note.replaceChildren("This snapshot was corrected by ", link, `, and stays as it was published: ${why}`);
    note.hidden = false;
  } catch { /* a page that is read without its site */ }
}
