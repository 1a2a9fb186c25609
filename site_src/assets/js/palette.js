// The front page keeps the colours that were chosen on the pages of a snapshot, and the other way round:
// Material stores its choice under the site's root as `{"index": 0 | 1 | 2, ...}`.
"use strict";
{
  const base = new URL(document.currentScript?.dataset.base ?? "./", location.href).pathname;
  const key = `${base}.__palette`;
  const names = ["system", "light", "dark"];
  const settings = [
    { media: "(prefers-color-scheme)", scheme: "", primary: "custom", accent: "custom" },
    { media: "(prefers-color-scheme: light)", scheme: "default", primary: "custom", accent: "custom" },
    { media: "(prefers-color-scheme: dark)", scheme: "slate", primary: "custom", accent: "custom" },
  ];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null")?.index ?? 0;
    } catch {
      return 0;
    }
  };
  const apply = () => {
    const index = chosen();
    const scheme = index === 2 || (index === 0 && dark.matches) ? "slate" : "default";
    document.body.dataset.mdColorScheme = scheme;
    const button = document.querySelector(".ab-palette");
    if (button instanceof HTMLButtonElement) {
      button.hidden = false;
      button.replaceChildren(...["Colours: ", names[index]].map((text) => {
        const part = document.createElement("span");
        part.textContent = text;
        return part;
      }));
    }
  };
  const next = () => {
    const index = (chosen() + 1) % names.length;
    try {
      localStorage.setItem(key, JSON.stringify({ index, color: settings[index] }));
    } catch { /* a browser that keeps nothing: the choice holds for no longer than this page */ }
    apply();
  };
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.querySelector(".ab-palette")?.addEventListener("click", next);
    dark.addEventListener("change", apply);
  });
}
