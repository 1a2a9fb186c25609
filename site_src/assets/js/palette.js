// Which colours a page has: the system's, light or dark. One choice holds for all pages of a site, under the key
// and in the form in which Material keeps it, for pages that were frozen with Material's own switch read it, too.
// Material's restyles the whole page twice when it loads; this one touches it only where the colours change.
"use strict";
{
  const script = document.currentScript;
  const key = `${new URL(script?.dataset.base ?? "./", location.href).pathname}.__palette`;
  const button = document.querySelector(".ab-palette");
  const names = ["system", "light", "dark"];
  const settings = [
    { media: "(prefers-color-scheme)", scheme: "", primary: "custom", accent: "custom" },
    { media: "(prefers-color-scheme: light)", scheme: "default", primary: "custom", accent: "custom" },
    { media: "(prefers-color-scheme: dark)", scheme: "slate", primary: "custom", accent: "custom" },
  ];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let index = 0;
  try {
    index = JSON.parse(localStorage.getItem(key) ?? "null")?.index ?? 0;
  } catch { /* a browser that keeps nothing, or keeps something else there */ }
  if (!(index in names)) index = 0;
  const apply = () => {
    const scheme = index === 2 || (index === 0 && dark.matches) ? "slate" : "default";
    if (document.body.dataset.mdColorScheme !== scheme) document.body.dataset.mdColorScheme = scheme;
    if (!(button instanceof HTMLButtonElement)) return;
    button.hidden = false;
    button.dataset.colours = names[index];
    const shown = button.querySelector("[data-shown]");
    if (shown) shown.textContent = names[index];
    const next = names[(index + 1) % names.length];
    button.title = `Colours: ${names[index]}. Switch to ${next}`;
    if (!shown) button.setAttribute("aria-label", button.title);
  };
  apply();
  dark.addEventListener("change", apply);
  button?.addEventListener("click", () => {
    index = (index + 1) % names.length;
    try {
      localStorage.setItem(key, JSON.stringify({ index, color: settings[index] }));
    } catch { /* the choice holds for no longer than this page */ }
    apply();
  });
}
