// @ts-check
/** Elements without a framework. */

/**
 * An element with properties and attributes; text stays text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [given]  properties where the element has them, else attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name in made && !name.startsWith("aria")) Reflect.set(made, name, value);
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * A select with a label above it.
 * @param {string} label
 * @param {{ id: string, title: string }[]} options
 * @param {(id: string) => void} chosen
 */
export function choice(label, options, chosen) {
  const id = `ab-x-${label.toLowerCase().replace(/\W+/g, "-")}`;
  const select = el("select", { id }, ...options.map((one) => el("option", { value: one.id }, one.title)));
  select.addEventListener("change", () => chosen(select.value));
  return { select, field: el("div", { className: "ab-x__field" }, el("label", { htmlFor: id }, label), select) };
}

/**
 * @param {string} label
 * @param {() => void} act
 */
export function button(label, act) {
  const made = el("button", { type: "button" }, label);
  made.addEventListener("click", act);
  return made;
}

/**
 * A button that says for a moment that it has done what it does.
 * @param {string} label
 * @param {string} done
 * @param {() => void | Promise<void>} act
 */
export function telling(label, done, act) {
  const made = button(label, async () => {
    try {
      await act();
      made.textContent = done;
    } catch {
      made.textContent = "This browser does not allow it";
    }
    setTimeout(() => { made.textContent = label; }, 1500);
  });
  made.setAttribute("aria-live", "polite");
  return made;
}

/**
 * A table that scrolls in a box of its own, for a page narrower than it is; its caption is heard and not seen.
 * @param {string} label
 * @param {Node[]} heads  cells of its head
 * @param {Node[]} rows
 */
export function scrolling(label, heads, rows) {
  return el("div", { className: "ab-scroll", tabIndex: 0, role: "region", "aria-label": label },
    el("table", { className: "ab-table" }, el("caption", { className: "ab-unseen" }, label),
      el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)));
}

/**
 * Put text where it can be pasted from.
 * @param {string} text
 */
export async function copy(text) {
  await navigator.clipboard.writeText(text);
}

/**
 * Have the browser save a file.
 * @param {string} name
 * @param {string} text
 */
export function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 6e4);
}
