// Loaded before the first paint, so a page never flashes in the other theme.
(() => {
  "use strict";
  const KEY = "restore-safety-theme";
  const THEMES = ["auto", "light", "dark"];
  const ICONS = { auto: "bi-circle-half", light: "bi-sun", dark: "bi-moon-stars" };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      const stored = localStorage.getItem(KEY);
      return THEMES.includes(stored) ? stored : "auto";
    } catch {
      // Storage may be closed to the page; the system's own theme is then the answer.
      return "auto";
    }
  };
  const apply = (theme) => {
    const resolved = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset.bsTheme = resolved;
  };
  const after = (theme) => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  const describe = (button, theme) => {
    button.querySelector(".bi").className = `bi ${ICONS[theme]}`;
    const text = `Theme: ${theme}. Switch to ${after(theme)}`;
    button.querySelector(".visually-hidden").textContent = text;
    button.title = text;
  };

  document.documentElement.classList.add("rs-js");
  apply(chosen());
  dark.addEventListener("change", () => apply(chosen()));
  // Paper is white whatever the screen is.
  window.addEventListener("beforeprint", () => apply("light"));
  window.addEventListener("afterprint", () => apply(chosen()));

  document.addEventListener("DOMContentLoaded", () => {
    let theme = chosen();
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      describe(button, theme);
      button.addEventListener("click", () => {
        theme = after(theme);
        try {
          localStorage.setItem(KEY, theme);
        } catch {
          // The choice then lasts as long as the page.
        }
        apply(theme);
        describe(button, theme);
      });
    }
  });
})();
