"""What the shape of the project promises: truth needs no framework, templates use no app above."""

import ast
import pkgutil
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template
from django.urls import URLResolver, get_resolver

import restore_safety.truth

ROOT = settings.BASE_DIR / "templates"
TEMPLATES = sorted(file.relative_to(ROOT).as_posix() for file in ROOT.rglob("*.html"))
TEXTS = sorted(file.relative_to(ROOT).as_posix() for file in ROOT.rglob("*.*"))
# From the lowest: each may use what is before it.
APPS = ("tenants", "operations", "restore_safety")
# The frame, the components and the pages of errors are the lowest app's too.
OF_NO_APP = APPS[0]


def test_importing_truth_loads_neither_django_nor_celery():
    modules = sorted(each.name for each in pkgutil.iter_modules(restore_safety.truth.__path__))
    imports = "; ".join(f"import restore_safety.truth.{name}" for name in modules)
    report = "import sys; print(*sorted(sys.modules))"

    answer = subprocess.run(
        [sys.executable, "-c", f"{imports}; {report}"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=True,
        text=True,
    )

    loaded = set(answer.stdout.split())
    of_tenants = {name for name in loaded if name.partition(".")[0] == "tenants"}
    assert "restore_safety" in loaded
    assert loaded & {"django", "celery", "guardian", "operations", "httpx"} == set()
    assert of_tenants == {"tenants", "tenants.canonical_json"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compiles(name):
    assert get_template(name).template.nodelist


def _app_of(template):
    folder = template.partition("/")[0]
    return folder if folder in APPS else OF_NO_APP


def _views(patterns, namespace=""):
    for entry in patterns:
        if not isinstance(entry, URLResolver):
            yield f"{namespace}{entry.name}", entry.callback
        elif entry.namespace:
            yield from _views(entry.url_patterns, f"{namespace}{entry.namespace}:")
        else:
            yield from _views(entry.url_patterns, namespace)


def _apps_used(source):
    """What a template uses: templates, tag libraries and addresses, each with the app it is of."""
    libraries = engines["django"].engine.libraries
    views = dict(_views(get_resolver().url_patterns))
    for tag, name in re.findall(r"""\{% *(include|extends|url) +["']([^"']+)["']""", source):
        yield name, views[name].__module__ if tag == "url" else _app_of(name)
    for tag, name in re.findall(r"\{% *(include|extends|url) +([^\"'\s]+)", source):
        yield f"{tag} {name}", "a name that is not written out"
    for names in re.findall(r"\{% *load +(.+?) *%\}", source):
        loaded = names.rpartition(" from ")[2].split()
        yield from ((name, libraries[name]) for name in loaded)


def _used_from_above(source, app):
    above = {"a name that is not written out", *APPS[APPS.index(app) + 1 :]}
    return sorted(name for name, of in _apps_used(source) if of.partition(".")[0] in above)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% extends "restore_safety/wizard/frame.html" %}', ["restore_safety/wizard/frame.html"]),
        ("{% include 'operations/_waits.html' %}", ["operations/_waits.html"]),
        ("{% include page.template %}", ["include page.template"]),
        ("{% load static restore_ui %}", ["restore_ui"]),
        ("{% load finding from restore_ui %}", ["restore_ui"]),
        ("<a href=\"{% url 'restores:run-list' %}\">", ["restores:run-list"]),
        ("<a href=\"{% url 'home' %}\">", ["home"]),
        ("{% extends 'base.html' %}{% load ui %}{% url 'tenants:access' 1 %}", []),
    ],
)
def test_what_a_template_uses_from_above_is_found(source, found):
    assert _used_from_above(source, "tenants") == found


@pytest.mark.parametrize("name", TEXTS)
def test_template_uses_nothing_of_an_app_above(name):
    assert _used_from_above((ROOT / name).read_text(), _app_of(name)) == []


def test_tags_of_every_template_are_of_the_lowest_app():
    builtins = settings.TEMPLATES[0]["OPTIONS"]["builtins"]

    assert {module.partition(".")[0] for module in builtins} == {APPS[0]}


@pytest.mark.parametrize("app", APPS)
def test_code_draws_no_template_of_an_app_above(app):
    sources = [file.read_text() for file in (settings.BASE_DIR / app).rglob("*.py")]
    drawn = {name for source in sources for name in re.findall(r'"([\w/]+\.html)', source)}

    assert drawn & set(TEMPLATES)
    above = APPS[APPS.index(app) + 1 :]
    assert [name for name in sorted(drawn) if _app_of(name) in above] == []


# What holds sentences for people: facts stand beside them, and nothing is read out of the text.
PROSE = frozenset(
    {
        "failure",
        "fault",
        "headline",
        "label",
        "meaning",
        "note",
        "reason",
        "remedy",
        "said",
        "sentence",
        "sentences",
        "summary",
        "title",
        "why",
    }
)
READING = frozenset(
    {
        "count",
        "endswith",
        "find",
        "findall",
        "fullmatch",
        "index",
        "match",
        "partition",
        "removeprefix",
        "removesuffix",
        "rpartition",
        "rsplit",
        "search",
        "split",
        "splitlines",
        "startswith",
    }
)
# Where a text is cut to be shown, and nothing is concluded from it.
CUT_OFF = frozenset({"\n", "."})
MODULES = sorted(
    file
    for app in ("operations", "tenants", "restore_safety")
    for file in (settings.BASE_DIR / app).rglob("*.py")
    # Old rows are brought over once; the emulator plays Graph, and reads what it was sent.
    if not {"migrations", "emulator"} & set(file.parts)
)


MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 50
# One file on purpose: an auditor copies it and runs it with Python alone.
OF_ANY_LENGTH = {"restore_safety/restores/receipts/verify_receipt.py"}
EVERY_MODULE = sorted(
    file
    for app in APPS
    for file in (settings.BASE_DIR / app).rglob("*.py")
    if "migrations" not in file.parts
)


def long_functions(source):
    """The functions of a module that are longer than they may be, by name."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]


def test_no_file_is_too_long():
    lengths = {
        file.relative_to(settings.BASE_DIR).as_posix(): len(file.read_text().splitlines())
        for file in EVERY_MODULE
    }

    assert {name for name, lines in lengths.items() if lines > MOST_LINES} == OF_ANY_LENGTH


def test_no_function_is_too_long():
    found = {
        file.relative_to(settings.BASE_DIR).as_posix(): names
        for file in EVERY_MODULE
        if (names := long_functions(file.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(("lines", "found"), [(50, []), (51, ["work"])])
def test_long_function_is_found(lines, found):
    assert long_functions("def work():\n" + "    pass\n" * (lines - 1)) == found


def _is_prose(node):
    """Whether the expression is text for people: a field of that name, or what an error says."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str":
        return bool(node.args) and (
            _is_prose(node.args[0])
            or (isinstance(node.args[0], ast.Name) and node.args[0].id == "error")
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"lower", "casefold", "strip", "upper"} and _is_prose(
            node.func.value
        )
    return isinstance(node, ast.Attribute) and node.attr in PROSE


def _text_is_read(node):
    if isinstance(node, ast.Compare):
        held = zip(node.ops, node.comparators, strict=True)
        return any(isinstance(op, (ast.In, ast.NotIn)) and _is_prose(one) for op, one in held)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr not in READING or _only_cuts(node):
        return False
    return _is_prose(node.func.value) or any(map(_is_prose, node.args))


def _only_cuts(call):
    cuts = [isinstance(one, ast.Constant) and one.value in CUT_OFF for one in call.args]
    return bool(cuts) and all(cuts)


def readings_of_prose(source):
    """The lines of a module that look into a sentence for what it means."""
    return sorted({node.lineno for node in ast.walk(ast.parse(source)) if _text_is_read(node)})


def test_nothing_is_read_out_of_a_sentence():
    found = {
        file.relative_to(settings.BASE_DIR).as_posix(): lines
        for file in MODULES
        if (lines := readings_of_prose(file.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        '"Missing: " in finding.why',
        '"all devices" not in one.title.lower()',
        'entry.reason.partition("duplicate: ")',
        'finding.remedy.split(". ")',
        'item.sentence.startswith("Written")',
        're.findall(r"[0-9a-f-]{36}", finding.why)',
        "_GUID.search(change.said)",
        'str(error).startswith("Policies of ")',
        "finding.why.split()",
        "said in item.sentence",
    ],
)
def test_reading_out_of_a_sentence_is_found(line):
    assert readings_of_prose(line) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "fact.reason in CALM_REASONS",
        'finding.code.startswith("group_")',
        'write.path.split("/")',
        '"a" in finding.missing',
        "run.title == default",
        'str(error).removesuffix(".")',
    ],
)
def test_reading_facts_is_no_fault(line):
    assert readings_of_prose(line) == []
