// @ts-check
/** What every page of a snapshot runs: tables that sort, mends of the theme, and what some pages need besides. */
import { copyButtons } from "./copy.js";
import { sayCorrection } from "./correction.js";
import { mendTheme } from "./theme.js";
import { sortableTables } from "./tables.js";

sortableTables(document);
copyButtons(document);
mendTheme(document);
sayCorrection(document);

/**
 * A part of the page that a module of its own makes; where that fails the part says so, if there is anything to say.
 * @param {string} part
 * @param {(root: HTMLElement) => Promise<void>} make
 * @param {string} failure
 */
function load(part, make, failure) {
  const root = document.querySelector(part);
  if (!(root instanceof HTMLElement)) return;
  make(root).catch((error) => {
    if (failure) root.textContent = failure;
    console.warn(error);
  });
}

load("[data-explorer]", async (root) => (await import("./explorer/page.js")).explore(root),
  "The explorer could not be loaded. The rankings have the views that it starts from.");
load("[data-compare]", async (root) => (await import("./compare/page.js")).compareModels(root),
  "The comparison could not be loaded. Each has a page of its own with the same numbers.");
load("button.ab-live", async () => (await import("./figures.js")).liveFigures(document), "");
load("[data-since]", async (root) => (await import("./since.js")).since(root), "");
