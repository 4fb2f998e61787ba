"""The documents name what is there: paths, modules and headings; the index has every page."""

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "index.md"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CONTRACTS = sorted((DOCS / "contracts").iterdir())
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

_FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# What lies in the repository under one of these is a path.
_TOP = ("bench", "docs", "operations", "restore_safety", "static", "templates", "tenants", "tests")
_PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(_TOP)}|\.ci)/[\w./-]*\w/?")
_MODULE = re.compile(r"(?:operations|restore_safety|tenants|tests|bench)(?:\.\w+)+")
_FILE_NAME = re.compile(r"[\w.-]+\.(?:md|toml|yml|lock|py)|LICENSE|Makefile|Dockerfile")
_FILE_NAMES = {file.name for file in ROOT.iterdir()} | {
    file.name for top in _TOP for file in (ROOT / top).rglob("*.*")
}


def text_of(page):
    return page.read_text(encoding="utf-8")


def anchors_of(page):
    """The anchors of a page's headings, as the hosts of repositories make them."""
    heads = (re.sub(r"[`*]", "", head) for head in _HEADING.findall(_FENCE.sub("", text_of(page))))
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def code_of(text):
    """What a page has in code marks and in examples."""
    examples = [match.group() for match in _FENCE.finditer(text)]
    return [*_SPAN.findall(_FENCE.sub("", text)), *examples]


def paths_in(text):
    """The paths of the repository a page names in code."""
    return {path.rstrip("/.") for part in code_of(text) for path in _PATH.findall(part)}


def make_targets():
    return set(re.search(r"^\.PHONY: (.+)$", text_of(ROOT / "Makefile"), re.MULTILINE)[1].split())


def is_module(name):
    """Whether a dotted name is a module, or a name in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if (ROOT / Path(*parts[:length])).with_suffix(".py").is_file():
            return length >= len(parts) - 1
        if (ROOT / Path(*parts[:length]) / "__init__.py").is_file():
            return length == len(parts) or _has(parts[:length], parts[length:])
    return False


def _has(package, rest):
    spec = find_spec(".".join(package))
    return len(rest) == 1 and spec is not None and rest[0] in Path(spec.origin).read_text()


@EACH_PAGE
def test_every_path_it_names_exists(page):
    missing = {path for path in paths_in(text_of(page)) if not (ROOT / path).exists()}

    assert missing == set()


@EACH_PAGE
def test_every_file_it_names_by_its_name_alone_exists(page):
    spans = _SPAN.findall(_FENCE.sub("", text_of(page)))
    named = {span for span in spans if _FILE_NAME.fullmatch(span)}

    assert named - _FILE_NAMES == set()


@EACH_PAGE
def test_every_module_it_names_exists(page):
    spans = _SPAN.findall(_FENCE.sub("", text_of(page)))
    named = {span for span in spans if _MODULE.fullmatch(span)}

    assert {name for name in named if not is_module(name)} == set()


@EACH_PAGE
def test_every_link_of_it_leads_somewhere(page):
    broken = set()
    for target in _LINK.findall(_FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.add(target)

    assert broken == set()


@EACH_PAGE
def test_every_command_it_names_exists(page):
    code = code_of(text_of(page))
    named = {name for part in code for name in re.findall(r"\bmanage\.py ([a-z]\w*)", part)}
    made = {name for part in code for name in re.findall(r"^(?:.*&& )?make ([a-z][\w-]*)", part)}

    assert (named - get_commands().keys(), made - make_targets()) == (set(), set())


def test_contributing_explains_every_make_target():
    named = set(re.findall(r"\bmake ([a-z][\w-]*)", text_of(ROOT / "CONTRIBUTING.md")))

    assert named == make_targets()


def test_names_of_the_steps_to_a_policy_type_are_there():
    """The constants that a new type is added to, by the names they have in the code."""
    named = set(re.findall(r"`(_?[A-Z][A-Z_]{5,})`", text_of(DOCS / "adding-a-policy-type.md")))
    files = [*ROOT.glob("tenants/graph/**/*.py"), *ROOT.glob("restore_safety/**/*.py")]
    sources = "\n".join(
        map(text_of, [*files, *ROOT.glob("tests/*.py"), *ROOT.glob("tests/cases/*.py")])
    )

    assert {name for name in named if not re.search(rf"^{name}\b", sources, re.MULTILINE)} == set()
    assert len(named) > 8


def test_index_lists_every_page_once_with_a_line():
    lines = re.findall(r"^\* \[[^\]]+\]\(([^)#]+)\): \S.*\.$", text_of(INDEX), re.MULTILINE)
    listed = [(DOCS / target).resolve() for target in lines]

    assert len(listed) == len(set(listed))
    pages = {page for page in PAGES if DOCS in page.parents} - {INDEX}
    assert {*listed} >= pages | {*CONTRACTS}


def test_readme_leads_to_the_index():
    assert "docs/index.md" in _LINK.findall(text_of(ROOT / "README.md"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("see `tenants/graph/`", {"tenants/graph"}),
        ("`tests/a.py::test_b`", {"tests/a.py"}),
        ("```\nrun restore_safety/x.py --all\n```\n", {"restore_safety/x.py"}),
        ("`/api/v1/operations/{id}`, tenants/graph without marks", set()),
    ],
)
def test_paths_are_found_in_code_alone(text, named):
    assert paths_in(text) == named


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("tenants.graph.schema", True),
        ("tenants.graph.fence", True),
        ("tenants.graph.fence.WriteFence", True),
        ("tenants.graph.nowhere", False),
        ("restore_safety.nowhere.at_all", False),
    ],
)
def test_module_is_told_from_what_is_none(name, is_one):
    assert is_module(name) is is_one
