// @ts-check
/** What the stock theme leaves without a name for those who hear the page. */

/** @param {Document} page */
export function mendTheme(page) {
  page.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
}
