"""What a page shows of one run, read from the run's own part of the page and no other."""

from dataclasses import dataclass

from django.test.html import Element, parse_html


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What one surface shows of one run: nothing that stands elsewhere on its page is in it."""

    headline: str
    badges: list
    next_step: str


def elements_of(node):
    """Every element below this one, in the order of the page."""
    for child in node.children:
        if isinstance(child, Element):
            yield child
            yield from elements_of(child)


def words_of(node):
    texts = (one if isinstance(one, str) else words_of(one) for one in node.children)
    return " ".join(" ".join(texts).split())


def has_class(element, name):
    return name in dict(element.attributes).get("class", "").split()


def badges_in(node, column=""):
    """Each badge with what it is introduced by: the text beside it, or the column it stands in."""
    column = dict(node.attributes).get("data-label", column)
    beside = " ".join(one for one in node.children if isinstance(one, str)).strip()
    for child in (one for one in node.children if isinstance(one, Element)):
        if has_class(child, "rs-badge"):
            yield beside or column, words_of(child), dict(child.attributes)["title"]
        else:
            yield from badges_in(child, column)


def said_after(block, introduction):
    """The rest of the line that begins so; empty where the block has no such line."""
    lines = [words_of(one) for one in elements_of(block) if words_of(one).startswith(introduction)]
    return min((line for line in lines if line != introduction), key=len, default="").removeprefix(
        f"{introduction} "
    )


def shown_in(block, *, headline, introduction):
    return Shown(
        headline=words_of(next(filter(headline, elements_of(block)))),
        badges=list(badges_in(block)),
        next_step=said_after(block, introduction),
    )


def block_of(response, wanted):
    """The one part of the page that is about the run."""
    page = parse_html(response.content.decode())
    (block,) = filter(wanted, elements_of(page))
    return block


def holding(name, address):
    """The element of that name with a link to the address in it."""

    def leads_there(element):
        return dict(element.attributes).get("href") == address

    return lambda one: one.name == name and any(map(leads_there, elements_of(one)))
