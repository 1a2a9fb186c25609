// @ts-check
/** What the stock theme leaves without a name for those who hear the page. */

/** @param {Element} topic */
function nameVersion(topic) {
  const button = topic.querySelector(".md-version__current");
  button?.setAttribute("aria-label", `Select version: ${button.textContent}`);
}

/** @param {Document} page */
export function mendTheme(page) {
  page.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
  const topic = page.querySelector(".md-header__topic");
  // The version selector comes later, under a name that lacks the version it shows.
  if (topic) new MutationObserver(() => nameVersion(topic)).observe(topic, { childList: true });
  if (topic) nameVersion(topic);
}
