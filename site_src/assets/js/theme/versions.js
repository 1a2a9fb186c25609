// @ts-check
/** The snapshots of a study as `versions.json` lists them when a page is read: the page itself may be frozen. */

/**
 * @typedef {{ version: string, title: string, aliases: string[], properties?: { hidden?: boolean,
 *   corrected_by?: string, why?: string } }} Version
 */

/** @type {Map<string, Promise<Version[]>>} */
const asked = new Map();

/**
 * @param {string | URL} address  of the file, for a page with several uses of it
 * @returns {Promise<Version[]>}  the newest first
 */
export function versionsAt(address) {
  const { href } = new URL(address, document.baseURI);
  const known = asked.get(href);
  if (known) return known;
  const listed = fetch(href).then((answer) => {
    if (!answer.ok) throw new Error(`${href}: ${answer.status}`);
    return answer.json();
  });
  asked.set(href, listed);
  return listed;
}

/**
 * The pages of a snapshot, below it.
 * @param {string | URL} snapshot  its address
 * @returns {Promise<string[]>}  none where its list cannot be had
 */
export async function pagesOf(snapshot) {
  const answer = await fetch(new URL("sitemap.xml", snapshot));
  if (!answer.ok) return [];
  const map = new DOMParser().parseFromString(await answer.text(), "application/xml");
  const found = [...map.querySelectorAll("loc")].map((one) => new URL(one.textContent ?? "").pathname);
  const root = found.reduce((a, b) => (a.length <= b.length ? a : b), found[0] ?? "");
  return found.map((one) => one.slice(root.length));
}

/**
 * Where a page stands in another snapshot: the page of the same name with what its address says besides, or the start.
 * @param {URL} base  of the page's own snapshot
 * @param {URL} other
 */
async function samePage(base, other) {
  const path = location.pathname.replace(/index\.html$/, "");
  const below = path.startsWith(base.pathname) ? path.slice(base.pathname.length) : "";
  const pages = await pagesOf(other).catch(() => /** @type {string[]} */ ([]));
  if (!pages.includes(below)) return other;
  const found = new URL(below, other);
  found.search = location.search;
  found.hash = location.hash;
  return found;
}

/**
 * @param {Version[]} listed
 * @param {Version} shown
 * @param {URL} base
 */
function selector(listed, shown, base) {
  const made = document.createElement("div"), button = document.createElement("button");
  const list = document.createElement("ul");
  made.className = "md-version";
  button.className = "md-version__current";
  button.type = "button";
  button.textContent = shown.title;
  button.setAttribute("aria-label", `Select version: ${shown.title}`);
  list.className = "md-version__list";
  for (const one of listed.filter(({ properties }) => !properties?.hidden)) {
    const item = document.createElement("li"), link = document.createElement("a");
    const other = new URL(`../${encodeURIComponent(one.version)}/`, base);
    item.className = "md-version__item";
    link.className = "md-version__link";
    link.textContent = one.title;
    link.href = other.href;
    if (one === shown) link.setAttribute("aria-current", "true");
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      samePage(base, other).then((address) => location.assign(address));
    });
    item.append(link);
    list.append(item);
  }
  made.append(button, list);
  return made;
}

/**
 * The selector in the header, and the note on pages of a snapshot that is not the newest.
 * @param {Document} page
 * @param {string} root  the snapshot's address, as the page gives it
 */
export async function selectVersions(page, root) {
  const base = new URL(root.replace(/\/?$/, "/"), location.href);
  const listed = await versionsAt(new URL("../versions.json", base));
  const name = decodeURIComponent(base.pathname.split("/").at(-2) ?? "");
  const shown = listed.find(({ version, aliases }) => version === name || aliases.includes(name)) ?? listed[0];
  page.querySelector(".md-header__topic")?.append(selector(listed, shown, base));
  const outdated = ![shown.version, ...shown.aliases].includes("latest");
  const note = page.querySelector("[data-md-component=outdated]");
  if (note instanceof HTMLElement) note.hidden = !outdated;
  try {
    // Read by start.js before the next page of this snapshot is drawn.
    sessionStorage.setItem(`${base.pathname}.__outdated`, String(outdated));
  } catch { /* a browser that keeps nothing */ }
}
