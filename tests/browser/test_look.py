"""What only a browser can tell: where a chip breaks, and what a console complains of."""

from pathlib import Path

import pytest
from django.template.loader import render_to_string

from tenants.templatetags.ui import digest

CSS = Path(__file__).resolve().parents[2] / "static/restore_safety/app.css"


@pytest.mark.parametrize("width", [60, 200, 400])
def test_digest_is_one_chip_however_narrow_its_place(chromium, width):
    chip = render_to_string("components/digest.html", digest(f"sha256:{'0123456789ab' * 5}"))
    page = chromium.new_page()
    page.set_content(f"<style>{CSS.read_text()}</style><p>The set {chip}</p>")
    page.evaluate("width => { document.querySelector('p').style.width = `${width}px` }", width)

    boxes = page.evaluate("document.querySelector('.rs-digest').getClientRects().length")
    page.close()

    assert boxes == 1


def test_way_to_the_admin_leaves_the_console_silent(page):
    page.goto("/admin/")
    page.wait_for_load_state("networkidle")

    assert page.title().startswith("Sign in")
