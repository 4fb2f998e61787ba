"""axe-core in a page of the product: what it holds against it, by rule and place."""

from axe_playwright_python.base import AXE_SCRIPT

# WCAG 2.2 AA with all it builds on, and what axe calls good practice beyond it: none left out.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    # Off unless asked for, whatever the tags say.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# A page is looked at as it came to rest: whatever fades has faded.
_RUN = """
async (options) => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ending = document.getAnimations().filter((one) => one.playState === "running"
    && Number.isFinite(one.effect.getComputedTiming().endTime));
  await Promise.allSettled(ending.map((one) => one.finished));
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id} at ${node.target.flat().join(" ")}: ${node.failureSummary}`));
}
"""


def violations(page):
    """One line for each element that breaks a rule: the rule, the element, and what is wrong."""
    if not page.evaluate("typeof axe === 'object'"):
        # Through the debugger, which no content security policy of the page reaches.
        page.evaluate(AXE_SCRIPT)
    return [" ".join(line.split()) for line in page.evaluate(_RUN, _OPTIONS)]
