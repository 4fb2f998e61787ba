"""What `docs/quickstart.md` says of each scenario: the page has to say the same."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/quickstart.md"
_TITLE = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"^( *)```\n(.+?)\n\1```$", re.MULTILINE | re.DOTALL)


class MissingLineError(LookupError):
    """A scenario of the document leaves out what each has to say."""


@dataclass(frozen=True)
class Scenario:
    """One chapter of the document."""

    number: int
    name: str
    text: str

    @property
    def slug(self):
        return f"scenario-{self.number:02}-{self.name.lower().replace(' ', '-')}"

    @property
    def headline(self):
        return self._line("The page says", "“(.+)”")

    @property
    def answer(self):
        return self._line("Within 15 seconds", "(.+)")

    @property
    def action(self):
        return self._line("The one next action", r"\*\*(.+?)\*\* leads to “.+”\.")

    @property
    def destination(self):
        return self._line("The one next action", r"\*\*.+?\*\* leads to “(.+)”\.")

    @property
    def commands(self):
        """What is typed into a terminal on the way there, one line after the other."""
        return [
            line.strip() for _, block in _COMMAND.findall(self.text) for line in block.splitlines()
        ]

    def _line(self, label, pattern):
        found = re.search(rf"^\* {label}: {pattern}$", self.text, re.MULTILINE)
        if found is None:
            raise MissingLineError(f"{self.number}. {self.name} does not say “{label}”.")
        return found[1]


def scenarios():
    """The chapters of the document, by name, in its order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    titles = list(_TITLE.finditer(text))
    ends = [*(title.start() for title in titles[1:]), len(text)]
    return {
        title[2]: Scenario(int(title[1]), title[2], text[title.end() : end])
        for title, end in zip(titles, ends, strict=True)
    }
