// What Material writes into its pages as inline scripts, which the policy of ours forbids: each part runs where the
// page asks for it, before anything is drawn.
"use strict";
{
  const { part, base } = document.currentScript?.dataset ?? {};
  const parts = {
    base() {
      document.documentElement.className = "js";
    },
    outdated() {
      const note = document.querySelector("[data-md-component=outdated]");
      try {
        // What theme/versions.js found on another page of this snapshot.
        const kept = sessionStorage.getItem(`${new URL(base, location.href).pathname}.__outdated`);
        if (note && kept === "true") note.hidden = false;
      } catch { /* a browser that keeps nothing */ }
    },
  };
  parts[part]?.();
}
