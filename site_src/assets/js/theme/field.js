// @ts-check
/** The field for a search: how it opens, is used by keys, and closes. What searches is loaded when it opens. */

/** @typedef {import("./search.js").Settings} Settings */

const RESULTS = ":not(details) > [href], summary, details[open] [href]";

/**
 * @param {Document} page
 * @param {Settings} settings
 */
export function searchField(page, settings) {
  const root = page.querySelector("[data-md-component=search]"), toggle = page.querySelector("#__search");
  const field = root?.querySelector("input[name=query]");
  if (!(root instanceof HTMLElement && toggle instanceof HTMLInputElement && field instanceof HTMLInputElement)) return;

  /** @type {Promise<(words: string) => void> | undefined} */
  let search;
  /** The words whose results are shown, and those whose first result is to be followed when it is there. */
  let shown = "", followed = "";
  const first = () => {
    const link = root.querySelector(RESULTS);
    if (link instanceof HTMLElement) link.click();
  };
  const load = () => {
    search ??= import("./search.js").then((module) => module.search(root, settings, (words) => {
      shown = words;
      if (words && words === followed) first();
    }));
    return search.catch((error) => console.warn(error));
  };
  const ask = () => {
    followed = "";
    load().then((find) => find?.(field.value));
  };
  /** @param {boolean} opened */
  const open = (opened) => {
    if (toggle.checked !== opened) toggle.click();
  };

  toggle.addEventListener("change", () => {
    if (toggle.checked) {
      field.focus({ preventScroll: true });
      ask();
      return;
    }
    if (page.activeElement instanceof HTMLElement && root.contains(page.activeElement)) page.activeElement.blur();
    const address = new URL(location.href);
    if (!address.searchParams.has("q")) return;
    address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
  });
  root.addEventListener("pointerenter", load, { once: true });
  field.addEventListener("focus", () => open(true));
  field.addEventListener("input", ask);
  field.form?.addEventListener("submit", (event) => event.preventDefault());
  field.form?.addEventListener("reset", () => setTimeout(() => {
    field.focus({ preventScroll: true });
    ask();
  }));
  root.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("a[href]")) open(false);
  });

  root.addEventListener("keydown", (event) => {
    const { key } = event, active = page.activeElement;
    const results = /** @type {HTMLElement[]} */ ([field, ...root.querySelectorAll(RESULTS)]);
    if (event.isComposing) return;
    if (key === "Escape" || key === "Tab") {
      open(false);
    } else if (key === "Enter" && active === field) {
      event.preventDefault();
      followed = field.value.trim();
      if (followed && followed === shown) first();
    } else if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      const at = results.findIndex((one) => one === active), step = key === "ArrowDown" ? 1 : -1;
      results[(Math.max(at, 0) + step + results.length) % results.length].focus();
    } else if (key.length === 1 && active !== field && !event.ctrlKey && !event.metaKey && key !== " ") {
      field.focus({ preventScroll: true });
    }
  });
  page.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(true);
    field.select();
  });

  const words = new URL(location.href).searchParams.get("q");
  if (words === null) return;
  field.value = words;
  open(true);
}
