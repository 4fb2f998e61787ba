"""Every template carries nothing inline, and leaves the look of states to the tags."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

ROOT = settings.BASE_DIR / "templates"
FILES = sorted(ROOT.rglob("*.html"))
NAMES = [file.relative_to(ROOT).as_posix() for file in FILES]
PAGES = [name for name in NAMES if "components" not in Path(name).parts]

INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "a script without a source": r"<script\b(?![^>]*\bsrc=)",
    "an event handler": r"<[^>]*\son[a-z]+\s*=",
    "an htmx handler": r"\bhx-on\b",
    "a script address": r"javascript:",
    "another host": r"""(?:src|href)=["'](?:https?:)?//""",
}
MAPPED_TONES = (
    r"tone-[a-z{]"
    r"|\b(?:text|bg|border|alert|btn|badge|table|list-group-item)-"
    r"(?:bg-)?(?:outline-)?(?:success|warning|danger|info)\b"
)
DANGER_BUTTON = r"\bbtn-outline-danger\b"


def _source(name):
    return (ROOT / name).read_text()


@pytest.mark.parametrize("name", NAMES)
def test_template_carries_nothing_inline(name):
    source = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", _source(name))

    found = [what for what, pattern in INLINE.items() if re.search(pattern, source, re.IGNORECASE)]

    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_page_maps_no_state_to_a_tone(name):
    # A button that destroys is red whatever the state.
    source = re.sub(DANGER_BUTTON, "", _source(name))

    assert re.findall(MAPPED_TONES, source) == []
    assert re.findall(r"tone=(?![\"'\w.]*(?:\"|'))[^\s%]*\.", source) == []


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_page_draws_without_a_request(name):
    drawn = get_template(name).render()

    assert drawn.count("<h1") == 1
    assert 'href="/">Go to the start page</a>' in drawn
    assert "navigation" not in drawn.lower()


def test_page_without_the_frame_has_its_landmarks():
    drawn = render_to_string("base_bare.html", {}, RequestFactory().get("/"))

    assert drawn.count("<main") == 1
    assert 'href="#main">Skip to content</a>' in drawn
    assert re.findall(r"<script\b(?![^>]*\bsrc=)", drawn) == []


def test_every_static_file_of_the_frame_exists():
    named = re.findall(r"{% static '([^']+)' %}", _source("base_bare.html") + _source("base.html"))
    places = [Path(place) for place in settings.STATICFILES_DIRS]

    lost = [path for path in named if not any((place / path).is_file() for place in places)]

    assert (bool(named), lost) == (True, [])


def test_components_are_drawn_by_tags_of_the_engine():
    assert settings.TEMPLATES[0]["OPTIONS"]["builtins"] == ["tenants.templatetags.ui"]
    assert "tenants.templatetags.ui" in engines["django"].engine.builtins
