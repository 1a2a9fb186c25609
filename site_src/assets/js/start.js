// What Material writes into its pages as inline scripts, which the policy of ours forbids: each part runs where the
// page asks for it, before anything is drawn.
"use strict";
{
  const { part, base } = document.currentScript?.dataset ?? {};
  const parts = {
    base() {
      // Material says so late, when it has every element styled anew.
      document.documentElement.classList.remove("no-js");
      document.documentElement.classList.add("js", "js-focus-visible");
      document.documentElement.dataset.jsFocusVisible = "";
      window.__md_scope = new URL(base, location.href);
      window.__md_hash = (text) => [...text].reduce((hash, sign) => (hash << 5) - hash + sign.charCodeAt(0), 0);
      window.__md_get = (key, store = localStorage, scope = window.__md_scope) =>
        JSON.parse(store.getItem(`${scope.pathname}.${key}`));
      window.__md_set = (key, value, store = localStorage, scope = window.__md_scope) => {
        try {
          store.setItem(`${scope.pathname}.${key}`, JSON.stringify(value));
        } catch { /* a browser that keeps nothing */ }
      };
    },
    outdated() {
      const note = document.querySelector("[data-md-component=outdated]");
      if (note && window.__md_get("__outdated", sessionStorage, new URL(base, location.href)) === true) note.hidden = false;
    },
  };
  parts[part]?.();
}
