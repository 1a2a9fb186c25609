// @ts-check
/** What every page of a snapshot runs: the frame, and what some pages need besides. */
import { sayCorrection } from "./correction.js";
import { searchField } from "./theme/field.js";
import { follow } from "./theme/follow.js";
import { mendTheme } from "./theme/keys.js";
import { selectVersions } from "./theme/versions.js";

sayCorrection(document);

/** What Material writes into each page of a snapshot for its own script, in whose place ours is. */
const settings = document.getElementById("__config")?.textContent;
if (settings) frame(JSON.parse(settings));

/** @param {import("./theme/search.js").Settings} settings */
function frame(settings) {
  mendTheme(document);
  searchField(document, settings);
  follow(document);
  selectVersions(document, settings.base).catch((error) => console.warn(error));
}

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
load("[data-pair]", async (root) => (await import("./pair/page.js")).showPair(root),
  "The pair could not be loaded. The pages of both metrics say how far they agree.");
load("[data-squares]", async (root) => (await import("./pair/squares.js")).squaresLead(root), "");
load("button.ab-live", async () => (await import("./figures.js")).liveFigures(document), "");
load("table[data-sort]", async () => (await import("./tables.js")).sortableTables(document), "");
load("button.ab-copy", async () => (await import("./copy.js")).copyButtons(document), "");
load("button.ab-png", async () => (await import("./picture.js")).pictureButtons(document), "");
load("[data-since]", async (root) => (await import("./since.js")).since(root), "");
