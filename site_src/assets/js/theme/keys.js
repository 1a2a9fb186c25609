// @ts-check
/** What the stock theme leaves without a name for those who hear it, or out of reach of the keyboard. */

/**
 * A button in a label's place; it keeps `for`, by which the theme's styles know it.
 * @param {HTMLLabelElement} label
 * @param {string} name
 * @param {Element | null} [opens]  what it opens; the list beside it where nothing is said
 */
function asButton(label, name, opens = label.control?.parentElement ?? null) {
  const toggle = label.control;
  const button = document.createElement("button");
  button.type = "button";
  button.className = label.className;
  button.setAttribute("for", label.htmlFor);
  button.setAttribute("aria-label", name);
  button.append(...label.childNodes);
  label.replaceWith(button);
  button.addEventListener("click", ({ detail }) => {
    toggle?.click();
    if (detail) return; // not by a key, by which what has opened gets the focus
    const reached = [...opens?.querySelectorAll("input[type=text], button, .md-nav a") ?? []];
    const next = reached.find((one) => one !== button && getComputedStyle(one).visibility === "visible");
    if (next instanceof HTMLElement) next.focus();
  });
}

/**
 * Labels that open and close the drawer, its lists and the search, which a key does not reach.
 * @param {Document} page
 */
function labelsAsButtons(page) {
  const rows = [["drawer", "Menu", "sidebar--primary"], ["search", "Search", "search__form"]];
  for (const [id, name, part] of rows) {
    const label = page.querySelector(`label.md-header__button[for=__${id}]`);
    if (label instanceof HTMLLabelElement) asButton(label, name, page.querySelector(`.md-${part}`));
  }
  for (const label of page.querySelectorAll("label[data-name]")) {
    if (label instanceof HTMLLabelElement) asButton(label, label.dataset.name ?? "");
  }
}

/**
 * The drawer closes when the focus leaves it, by Escape, and when a link is followed.
 * @param {Document} page
 */
function closeDrawer(page) {
  const drawer = page.querySelector(".md-sidebar--primary");
  const toggle = page.querySelector("#__drawer");
  if (!(drawer instanceof HTMLElement) || !(toggle instanceof HTMLInputElement)) return;
  const close = () => toggle.checked && toggle.click();
  drawer.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !drawer.contains(relatedTarget)) close();
  });
  drawer.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("a[href]")) close();
  });
  drawer.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    const opener = page.querySelector(".md-header__button[for=__drawer]");
    if (opener instanceof HTMLElement) opener.focus();
  });
}

/** @param {Document} page */
export function mendTheme(page) {
  labelsAsButtons(page);
  closeDrawer(page);
}
