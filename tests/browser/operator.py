"""Clicks through the product as the quickstart says a person does."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

_STEPS = re.compile("step", re.IGNORECASE)
# A whole run, on a machine that has other things to do.
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Operator:
    """A person with the product in front of them, signed in."""

    page: Page

    def open_draft(self, tenant="Contoso"):
        self.page.goto("/restores/")
        self.page.get_by_role("main").get_by_role("link", name="New restore").click()
        self.page.get_by_role("radio", name=re.compile(f"^{tenant}")).check()
        self.press("Start a draft")

    def choose(self, *policies, mapped=None):
        """The nightly backup, and of it these policies or all; then on to the checks."""
        self.page.get_by_role("radio", name=re.compile("^Nightly backup")).first.check()
        self.press("Continue to scope")
        if policies:
            self.page.get_by_role("radio", name=re.compile("^Selected items")).check()
        for name in policies:
            self.policy(name).check()
        self.press("Continue to checks")

    def map_group(self, group, target):
        self.step("Scope")
        mapping = self.page.locator("#mapping")
        row = mapping.get_by_label(re.compile(f"instead of {re.escape(group)}$"))
        if not row.is_visible():
            mapping.locator("summary").click()
        row.fill(target)

    def capture(self, kind, following):
        self.press(f"Run the {kind}")
        self.page.get_by_role("button", name=f"Continue to {following}").wait_for()

    def prove(self):
        """Checks and preview, and on to the confirmation."""
        self.capture("checks", "preview")
        self.press("Continue to preview")
        self.capture("preview", "confirm")
        self.press("Continue to confirm")

    def prepare(self, *policies):
        self.open_draft()
        self.choose(*policies)
        self.prove()

    def step(self, label):
        steps = self.page.get_by_role("navigation", name=_STEPS)
        steps.get_by_role("link", name=re.compile(f"^{label}")).click()
        expect(steps.locator("[aria-current=step]")).to_contain_text(label)

    def policy(self, name):
        return self.page.get_by_role("checkbox", name=re.compile(f"^{re.escape(name)} "))

    def fill_in(self):
        """Everything a real restore asks of a person, but for the button."""
        for box in self.page.get_by_role("checkbox").all():
            box.check()
        self.page.get_by_label("Reason or change reference").fill("CHG-1042 undo manual changes")
        self.page.get_by_label("Type the tenant's name").fill("Contoso")

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    def see_the_end(self):
        """The operation's page, once its run has ended."""
        self.page.wait_for_url("**/operations/**")
        watched = self.page.locator("#run-progress[hx-trigger]")
        watched.wait_for(state="detached", timeout=PATIENCE_MS)
