// @ts-check
/** What every page of a snapshot runs: live figures, tables that sort, the explorer, mends of the theme. */
import { copyButtons } from "./copy.js";
import { liveFigures } from "./figures.js";
import { mendTheme } from "./theme.js";
import { sortableTables } from "./tables.js";

liveFigures(document);
sortableTables(document);
copyButtons(document);
mendTheme(document);

const explorer = document.querySelector("[data-explorer]");
if (explorer instanceof HTMLElement) {
  import("./explorer/page.js").then((page) => page.explore(explorer)).catch((error) => {
    explorer.textContent = "The explorer could not be loaded. The rankings have the views that it starts from.";
    console.warn(error);
  });
}
