// @ts-check
/** What the stock theme leaves without a name for those who hear the page, or out of reach of the keyboard. */

/** @param {Element} topic */
function nameVersion(topic) {
  const button = topic.querySelector(".md-version__current");
  button?.setAttribute("aria-label", `Select version: ${button.textContent}`);
}

/**
 * Labels that open and close the drawer, its lists and the search are buttons; what opens gets the focus.
 * @param {Document} page
 */
function labelsAsButtons(page) {
  for (const [id, name] of [["__drawer", "Menu"], ["__search", "Search"]]) {
    const label = page.querySelector(`.md-header__button[for=${id}]`);
    for (const [key, value] of [["role", "button"], ["tabindex", "0"], ["aria-label", name]]) {
      label?.setAttribute(key, value);
    }
  }
  page.addEventListener("keydown", (event) => {
    const label = event.target;
    if (!(label instanceof HTMLLabelElement) || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    label.click();
    const toggle = label.control;
    if (!(toggle instanceof HTMLInputElement) || toggle.id === "__search") return;
    const around = toggle.id === "__drawer" ? page.querySelector(".md-sidebar--primary") : toggle.parentElement;
    const reached = [...around?.querySelectorAll(".md-nav a, .md-nav label[tabindex], label[tabindex]") ?? []];
    const next = reached.find((one) => one !== label && getComputedStyle(one).visibility === "visible");
    if (next instanceof HTMLElement) next.focus();
  });
}

/**
 * The drawer closes when the focus leaves it, and by Escape.
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
  const topic = page.querySelector(".md-header__topic");
  // The version selector comes later, under a name that lacks the version it shows.
  if (topic) new MutationObserver(() => nameVersion(topic)).observe(topic, { childList: true });
  if (topic) nameVersion(topic);
}
