// Where the reader is: the focus goes to what a form complains of, stays where it was when a part of
// the page is swapped or the page loads anew, and a screen reader is told what has moved, calmly.
// Without it nothing moves by itself, and complaints stand above the form with links to its fields.
(() => {
  "use strict";
  const KEPT = "restore-safety-place";
  const REACHABLE = "main :is(a[href], button, summary, input, select, textarea, [tabindex])";
  const FOLDS = "main details > summary";
  const announcer = document.getElementById("announcer");
  const storage = (() => {
    try {
      return window.sessionStorage;
    } catch {
      // Closed to the page: a page that loads anew then begins at its top.
      return null;
    }
  })();

  const focusOn = (element) => {
    if (!element.matches(REACHABLE)) {
      element.tabIndex = -1;
    }
    element.focus({ preventScroll: true });
  };

  const complaint = document.querySelector("[data-errors]");
  if (complaint) {
    complaint.focus();
  }

  // An element is known again by its id, or else by what it is, says and leads to; counts may move.
  const nameOf = (element) =>
    element.id ||
    [element.localName, element.name, element.getAttribute("href"), element.textContent]
      .join(" ")
      .replace(/\d+/g, "")
      .replace(/\s+/g, " ");
  const named = (selector) => {
    const seen = new Map();
    return [...document.querySelectorAll(selector)].map((element) => {
      const name = nameOf(element);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return [`${name} ${seen.get(name)}`, element];
    });
  };

  const placeNow = () => {
    const focused = document.activeElement;
    const within = [];
    for (let one = focused; one && one !== document.body; one = one.parentElement) {
      if (one.id) {
        within.push(one.id);
      }
    }
    return {
      focused: (named(REACHABLE).find(([, element]) => element === focused) ?? [""])[0],
      within,
      unfolded: named(FOLDS)
        .filter(([, summary]) => summary.parentElement.open)
        .map(([name]) => name),
    };
  };
  const goTo = (place) => {
    for (const [name, summary] of named(FOLDS)) {
      if (place.unfolded.includes(name)) {
        summary.parentElement.open = true;
      }
    }
    if (place.within.length === 0 || document.activeElement !== document.body) {
      return;
    }
    const again = named(REACHABLE).find(([name]) => name === place.focused);
    const around = place.within.map((id) => document.getElementById(id)).find((one) => one);
    if (again || around) {
      focusOn(again ? again[1] : around);
    }
  };

  // Said when the headline changes and at each quarter of the way, not at every step.
  const standing = () => {
    const headline = document.querySelector("main .rs-answer-title");
    const bar = document.querySelector("main progress[max]");
    return {
      headline: headline ? headline.textContent.trim() : "",
      quarter: bar ? Math.floor((4 * bar.value) / bar.max) : 0,
      progress: bar ? `${bar.getAttribute("aria-label")}: ${bar.value} of ${bar.max}` : "",
    };
  };
  let known = standing();
  const tellWhatMoved = () => {
    const now = standing();
    const said = [
      now.headline !== known.headline ? now.headline : "",
      now.quarter !== known.quarter ? now.progress : "",
    ].filter(Boolean);
    known = now;
    if (said.length > 0) {
      announcer.textContent = said.join(" ");
    }
  };

  let place;
  document.addEventListener("htmx:beforeSwap", () => {
    place = placeNow();
  });
  document.addEventListener("htmx:afterSwap", () => {
    goTo(place);
    tellWhatMoved();
  });
  // What is said again word for word would be read out again.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.getAttribute("role") === "status" && target.textContent === fragment.textContent) {
      event.detail.shouldSwap = false;
    }
  });
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Refresh") === "true") {
      storage?.setItem(KEPT, JSON.stringify({ at: location.pathname, ...placeNow() }));
    }
  });

  const kept = storage?.getItem(KEPT);
  storage?.removeItem(KEPT);
  if (kept) {
    const { at, ...before } = JSON.parse(kept);
    if (at === location.pathname) {
      goTo(before);
      // Heard only when it comes after the region it is put in.
      window.setTimeout(() => {
        announcer.textContent = known.headline;
      }, 500);
    }
  }
})();
