// The frame of the pages: navigation on narrow screens, the menu, and messages as toasts.
// Without it the navigation opens by its address, the menu by itself, and messages stay in the page.
(() => {
  "use strict";
  const PASSING_MS = 12000;

  const burger = document.querySelector("[data-sidebar=toggle]");
  const sidebar = document.getElementById("sidebar");
  const backdrop = document.querySelector(".rs-backdrop");

  // Behind the open navigation nothing is reached, by pointer or by key.
  const behind = document.querySelectorAll(".rs-skip, .rs-header, main");
  const openSidebar = (open) => {
    document.body.classList.toggle("sidebar-open", open);
    burger.setAttribute("aria-expanded", String(open));
    backdrop.hidden = !open;
    for (const element of behind) {
      element.inert = open;
    }
    if (open) {
      sidebar.querySelector(".nav-link").focus();
    } else {
      burger.focus();
    }
  };
  if (burger && sidebar) {
    burger.setAttribute("role", "button");
    burger.setAttribute("aria-expanded", "false");
    burger.addEventListener("click", (event) => {
      event.preventDefault();
      openSidebar(!document.body.classList.contains("sidebar-open"));
    });
    burger.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault();
        burger.click();
      }
    });
    for (const element of document.querySelectorAll("[data-sidebar=close]")) {
      element.addEventListener("click", (event) => {
        event.preventDefault();
        openSidebar(false);
      });
    }
    window.matchMedia("(min-width: 992px)").addEventListener("change", ({ matches }) => {
      if (matches && document.body.classList.contains("sidebar-open")) {
        openSidebar(false);
      }
    });
  }

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.rs-menu[open]")) {
      if (menu !== except) {
        menu.open = false;
      }
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.rs-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    const menu = document.querySelector("details.rs-menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (document.body.classList.contains("sidebar-open")) {
      openSidebar(false);
    }
  });

  const equip = (toast) => {
    toast.dataset.equipped = "yes";
    const close = toast.querySelector("[data-dismiss=toast]");
    close.hidden = false;
    close.addEventListener("click", () => {
      toast.remove();
      // A toast gone under the reader's hands leaves them at the page it spoke about.
      document.getElementById("main").focus();
    });
    // Where it stands in the page, what comes after it would move under a thumb.
    const floats = getComputedStyle(toast.parentElement).position === "fixed";
    if (toast.dataset.toast !== "passing" || !floats) {
      return;
    }
    // Whoever points at a message or stands in it is still reading it.
    let timer;
    const start = () => {
      timer = window.setTimeout(() => toast.remove(), PASSING_MS);
    };
    const stop = () => window.clearTimeout(timer);
    toast.addEventListener("pointerenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("pointerleave", start);
    toast.addEventListener("focusout", start);
    start();
  };
  const equipAll = () => {
    for (const toast of document.querySelectorAll("[data-toast]:not([data-equipped])")) {
      equip(toast);
    }
  };
  equipAll();
  document.addEventListener("htmx:afterSettle", equipAll);

  // A page that the browser kept alive says what was true when it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      window.location.reload();
    }
  });
})();
