// @ts-check
/** What the page that is shown for a missing one says of its address: which part is there, and what is near. */

import { pagesOf } from "./theme/versions.js";

/**
 * @param {string} text
 * @param {string} href
 */
function way(text, href) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.textContent = text;
  link.href = href;
  item.append(link);
  return item;
}

/**
 * The page itself, or the nearest above it that is there.
 * @param {string[]} pages
 * @param {string[]} parts
 */
function nearest(pages, parts) {
  for (let length = parts.length; length; length -= 1) {
    const page = `${parts.slice(0, length).join("/")}/`;
    if (pages.includes(page)) return page;
  }
  return "";
}

/**
 * @param {HTMLElement} list  of the studies
 * @param {HTMLElement} ways  where what is found goes
 * @param {Element} why
 */
async function help(list, ways, why) {
  const base = list.dataset.base ?? "/";
  const below = decodeURI(location.pathname).slice(new URL(base, location.href).pathname.length);
  const [study = "", kind, ...rest] = below.split("/").filter((part) => part && part !== "index.html");
  const known = list.querySelector(`[data-study="${CSS.escape(study)}"]`);
  if (!(known instanceof HTMLElement)) return;
  const title = known.querySelector("a")?.textContent ?? study;
  const snapshot = kind === "v" ? rest.shift() ?? "" : "";
  const newest = `${base}${study}/v/${known.dataset.newest}/`;
  const here = [...known.querySelectorAll("p a")].some((one) => one.textContent === snapshot);
  why.textContent = here
    ? `${title} has a snapshot ${snapshot}, but it has no such page.`
    : `${title} has no ${snapshot ? "snapshot " + snapshot : "such page"} here.`;
  if (here) ways.append(way(`Snapshot ${snapshot} from its start`, `${base}${study}/v/${snapshot}/`));
  const page = nearest(await pagesOf(new URL(newest, location.href)), rest);
  const what = page === `${rest.join("/")}/` ? "This page in the" : page ? "The page above it in the" : "The";
  ways.append(way(`${what} newest snapshot, ${known.dataset.newest}`, newest + page));
  const words = (rest.at(-1) ?? "").replaceAll(/[-_.]+/g, " ").trim();
  const search = `${newest}?q=${encodeURIComponent(words)}`;
  if (words) ways.append(way(`Search ${title} for “${words}”`, search));
  ways.hidden = false;
}

const parts = ["base", "ways", "why"];
const [list, ways, why] = parts.map((part) => document.querySelector(`main [data-${part}]`));
if (list instanceof HTMLElement && ways instanceof HTMLElement && why) {
  help(list, ways, why).catch((error) => console.warn(error));
}
