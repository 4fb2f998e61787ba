"""What a page promises: its one primary action, and every calm word, check mark or green in it."""

import re

CALM = re.compile(
    r"\b(?:safe|safely|ready|all[ -]clear|all good|all set|good to go|looks good|go ahead"
    r"|success|successful|successfully|succeeded|recovered|healthy|protected|risk-free"
    r"|no (?:problems?|issues?|blockers?|warnings?|errors?)|nothing to worry about)\b"
    r"|[✓✔✅☑👍🟢]",
    re.IGNORECASE,
)
# States whose name qualifies the calm word in it.
QUALIFIED = ("Ready with caution", "Partially succeeded")

PRIMARY = "main .btn-primary:not([disabled])"
_FILLED = "main :is(.btn-success, .btn-danger, .btn-warning, .btn-info, .btn-secondary)"

# Green is a hue, whoever asked for it: a tone of ours, a class of Bootstrap's, a colour by hand.
_LOOK = """
(main) => {
  const GREEN = [75, 175], FAINTEST = 0.1, GREYEST = 0.15;
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const isGreen = (colour) => {
    if (!known.has(colour)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data.map((one) => one);
      const most = Math.max(red, green, blue), least = Math.min(red, green, blue);
      const light = (most + least) / 510, range = (most - least) / 255;
      const depth = range && range / (1 - Math.abs(2 * light - 1));
      const hue = most === green && range ? 60 * ((blue - red) / (most - least) + 2) : -1;
      const seen = alpha / 255 > FAINTEST && depth > GREYEST;
      known.set(colour, seen && hue > GREEN[0] && hue < GREEN[1]);
    }
    return known.get(colour);
  };
  const EDGES = ["Top", "Right", "Bottom", "Left"];
  const colours = (style) => [
    style.color, style.backgroundColor, style.fill,
    ...EDGES.filter((edge) => parseFloat(style[`border${edge}Width`]) > 0)
      .map((edge) => style[`border${edge}Color`]),
    ...(style.backgroundImage.match(/(?:rgb|hsl|oklch|color)[^)]*\\)/g) || []),
    ...(style.boxShadow.match(/(?:rgb|hsl|oklch|color)[^)]*\\)/g) || []),
  ];
  const drawn = (element) => [null, "::before", "::after"]
    .map((part) => getComputedStyle(element, part))
    .filter((style, part) => !part || style.content !== "none");
  // A part speaks for its badge, and the head of an answer for the answer.
  const badge = (element) => {
    const head = ":scope > .rs-badge, :scope > .rs-readiness-head > .rs-badge";
    const own = element.closest(".rs-badge")
      ?? (element.matches(".rs-readiness, .rs-answer") ? element.querySelector(head) : null);
    return own ? own.textContent.trim() : "";
  };
  const found = [];
  const tell = (kind, element, what) => found.push({ kind, what, badge: badge(element) });
  for (const element of main.querySelectorAll("*")) {
    const classes = element.getAttribute("class") ?? "";
    for (const name of classes.split(/\\s+/))
      if (/success|positive/.test(name)) tell("class", element, name);
      else if (/^bi-.*check|^bi-(hand-thumbs-up|emoji-(smile|laughing)|trophy|award)/.test(name))
        tell("icon", element, name);
    if (element.checkVisibility() && drawn(element).some((style) => colours(style).some(isGreen)))
      tell("green", element, `<${element.localName} class="${classes}">`);
  }
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim().replace(/\\s+/g, " ");
    if (text) tell("text", texts.currentNode.parentElement, text);
  }
  return found;
}
"""


def unearned_calm(page, earned=(), named=()):
    """Everything in the main area that calms, but for the badges that earned it.

    A badge that is only named, such as what was known back then, may have its word and no green.
    What is folded away counts too: a closed fold is opened one day.
    """
    return sorted(
        {
            f"{one['kind']}: {one['what']}"
            for one in page.locator("main").evaluate(_LOOK)
            if one["badge"] not in earned
            and (one["kind"] != "text" or (one["badge"] not in named and _calms(one["what"])))
        }
    )


def primary_actions(page):
    """The filled buttons that can be pressed, by what they say; a page has one."""
    return [
        " ".join(one.inner_text().split())
        for selector in (PRIMARY, _FILLED)
        for one in page.locator(selector).all()
        if one.is_visible()
    ]


def headline(page):
    """What the page says first: of a draft what is proven, of a run what came of it."""
    proven = page.get_by_role("region", name="Safety readiness")
    if proven.count():
        badge = proven.locator(".rs-badge").first.inner_text().strip()
        return f"{badge}. {proven.locator('.rs-readiness-text').inner_text().strip()}"
    answer = page.locator("main .rs-answer-title")
    return (answer if answer.count() else page.locator("main h1")).inner_text().strip()


def press_primary(page):
    page.locator(PRIMARY).locator("visible=true").click()


def _calms(text):
    for state in QUALIFIED:
        text = text.replace(state, "")
    return CALM.search(text) is not None
