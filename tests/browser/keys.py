"""A person without a pointer: every step is a key, and every stop on the way is looked at."""

import re
from dataclasses import dataclass

_MOST_STOPS = 250
_NAME = """
(element) => {
  const labels = [...(element.labels ?? [])].map((label) => label.textContent);
  const written = element.localName === "input" ? element.value : element.textContent;
  const said = element.getAttribute("aria-label") ?? (labels.join(" ") || written);
  return said.replace(/\\s+/g, " ").trim();
}
"""
# The ring is drawn around the element, or around the card or row whose control it is.
_STOP = f"""
() => {{
  const element = document.activeElement;
  if (!element || element === document.body) {{
    return null;
  }}
  const ringed = [element, element.closest("label"), element.closest(".rs-step")].filter(Boolean);
  const hasRing = ringed.some((one) => {{
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  }});
  const box = element.getBoundingClientRect();
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(x, y);
  const isInSight = top !== null && ringed.some((one) => one.contains(top) || top.contains(one));
  return {{ name: ({_NAME})(element), tag: element.localName, type: element.type ?? "",
    hasRing, isInSight }};
}}
"""
# In the order of the page: of a group of radio buttons only one is a stop.
_TABBABLE = f"""
() => {{
  const groups = new Set();
  return [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden"
      && one.checkVisibility({{ visibilityProperty: true }}))
    .filter((one) => {{
      if (one.type !== "radio") {{
        return true;
      }}
      const group = document.querySelectorAll(`input[name="${{one.name}}"]:not(:disabled)`);
      const stop = [...group].find((other) => other.checked) ?? one;
      const isFirst = !groups.has(one.name);
      groups.add(one.name);
      return stop === one || (isFirst && ![...group].some((other) => other.checked));
    }})
    .map({_NAME});
}}
"""


@dataclass
class Keys:
    page: object

    def __post_init__(self):
        # A page that glides to where the focus is would be looked at on the way.
        self.page.emulate_media(reduced_motion="reduce")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text)

    def stop(self):
        """Where the focus is; None on the page as a whole."""
        return self.page.evaluate(_STOP)

    def tab(self, *, back=False):
        """One stop on, which must be seen."""
        self.press("Shift+Tab" if back else "Tab")
        stop = self.stop()
        if stop:
            assert stop["hasRing"], f"no focus to be seen on {stop} of {self.page.url}"
            assert stop["isInSight"], f"the focus is out of sight on {stop} of {self.page.url}"
        return stop

    def go_to(self, name, *, tag="", back=False):
        """Tab on to what is called so."""
        passed = []
        for _ in range(_MOST_STOPS):
            stop = self.tab(back=back)
            passed.append(stop and stop["name"])
            if stop and re.search(name, stop["name"]) and tag in ("", stop["tag"]):
                return stop
        raise AssertionError(f"no stop called “{name}” in {self.page.url}: {passed[:60]}")

    def choose(self, name):
        """Go to a button or a link and press it; the page it leads to is waited for."""
        stop = self.go_to(name)
        with self.page.expect_navigation():
            self.press("Enter")
        return stop

    def choose_radio(self, name):
        """Into the group, then along it until the focus is on the one called so."""
        for _ in range(_MOST_STOPS):
            stop = self.stop()
            if stop and stop["type"] == "radio" and re.search(name, stop["name"]):
                break
            if stop and stop["type"] == "radio" and self._is_in_group_with(name):
                self.press("ArrowDown")
            else:
                self.tab()
        else:
            raise AssertionError(f"no choice called “{name}” in {self.page.url}")
        self.press("Space")

    def tabbable(self):
        return self.page.evaluate(_TABBABLE)

    def _is_in_group_with(self, name):
        names = self.page.evaluate(
            f"""() => [...document.querySelectorAll(
                  `input[name="${{document.activeElement.name}}"]`)].map({_NAME})"""
        )
        return any(re.search(name, one) for one in names)
