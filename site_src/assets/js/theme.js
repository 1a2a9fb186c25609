// @ts-check
/** What the stock theme leaves unsaid: names for those who hear the page, and that a snapshot was corrected. */

/** @param {Element} topic */
function nameVersion(topic) {
  const button = topic.querySelector(".md-version__current");
  button?.setAttribute("aria-label", `Select version: ${button.textContent}`);
}

/** @typedef {{ version: string, properties?: { corrected_by?: string, why?: string } }} Version */

/** Says so on every page of a snapshot, which may itself be frozen. @param {ParentNode} page */
async function sayCorrection(page) {
  const note = page.querySelector("[data-versions]");
  if (!(note instanceof HTMLElement)) return;
  try {
    const answer = await fetch(note.dataset.versions ?? "");
    /** @type {Version[]} */
    const listed = await answer.json();
    const { corrected_by: by, why } = listed.find((one) => one.version === note.dataset.snapshot)?.properties ?? {};
    if (!by) return;
    const link = document.createElement("a");
    link.href = new URL(`${by}/`, answer.url).href;
    link.textContent = by;
    note.append("This snapshot was corrected by ", link, `, and stays as it was published: ${why}`);
    note.hidden = false;
  } catch { /* a page that is read without its site */ }
}

/** @param {Document} page */
export function mendTheme(page) {
  sayCorrection(page);
  page.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
  const topic = page.querySelector(".md-header__topic");
  // The version selector comes later, under a name that lacks the version it shows.
  if (topic) new MutationObserver(() => nameVersion(topic)).observe(topic, { childList: true });
  if (topic) nameVersion(topic);
}
