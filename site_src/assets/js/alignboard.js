// @ts-check
/** What every page of a snapshot runs: figures that become live, tables that sort, mends of the stock theme. */
import { liveFigures } from "./figures.js";
import { mendTheme } from "./theme.js";
import { sortableTables } from "./tables.js";

liveFigures(document);
sortableTables(document);
mendTheme(document);
