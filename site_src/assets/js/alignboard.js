// @ts-check
/** What every page of a snapshot runs: figures that become live, tables that sort, mends of the stock theme. */
import { copyButtons } from "./copy.js";
import { liveFigures } from "./figures.js";
import { mendTheme } from "./theme.js";
import { sortableTables } from "./tables.js";

liveFigures(document);
sortableTables(document);
copyButtons(document);
mendTheme(document);
