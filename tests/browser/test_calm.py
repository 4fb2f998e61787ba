"""The look at calm itself: what it has to find, and what it has to let pass."""

from pathlib import Path

import pytest
from django.template.loader import render_to_string

from restore_safety.models import Severity
from restore_safety.truth.attention import Attention, Verification
from restore_safety.truth.safety import SafetyReadiness
from tenants.web.badges import badge_for
from tests.browser.calm import primary_actions, unearned_calm

CSS = Path(__file__).resolve().parents[2] / "static/restore_safety/app.css"


@pytest.fixture
def shown(chromium):
    """A page of our own style with such a main area."""
    page = chromium.new_page()

    def show(main, scheme="light"):
        page.set_content(
            f"<html data-bs-theme='{scheme}'><style>{CSS.read_text()}</style>"
            f"<nav class='text-success'>All good</nav><main>{main}</main></html>"
        )
        return page

    yield show
    page.close()


def badge(member):
    return render_to_string("components/badge.html", {"badge": badge_for(member)})


@pytest.mark.parametrize(
    "promise",
    [
        "<p>It is safe to go on.</p>",
        "<p>Ready</p>",
        "<p>The checks found no blockers.</p>",
        "<p>The tenant is recovered.</p>",
        "<details><summary>More</summary><p>Successfully restored</p></details>",
        "<p>✓ Checks</p>",
        "<i class='bi bi-clipboard-check'></i>",
        "<span class='text-success'>Current</span>",
        "<p style='color: #17643b'>Current</p>",
        "<p style='background: #122a1e'>Current</p>",
        "<p style='border-left: 3px solid oklch(0.6 0.2 145)'>Current</p>",
        "<p style='background: linear-gradient(90deg, white, rgb(0, 200, 80))'>Current</p>",
        "<div class='rs-alert tone-positive'>Queued</div>",
    ],
)
def test_each_promise_is_found(shown, promise):
    assert unearned_calm(shown(promise)) != []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_green_badge_is_found_until_it_is_earned(shown, scheme):
    page = shown(badge(Verification.VERIFIED) + badge(Attention.COMPLETED), scheme)

    assert len({one.partition(":")[0] for one in unearned_calm(page)}) == 3
    assert unearned_calm(page, earned={"Verified"}) != []
    assert unearned_calm(page, earned={"Verified", "Completed"}) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_word_that_is_only_named_is_never_green(shown, scheme):
    plain = shown(badge(SafetyReadiness.READY), scheme)

    assert unearned_calm(plain) == ["text: Ready"]
    assert unearned_calm(plain, named={"Ready"}) == []
    green = shown(badge(SafetyReadiness.READY).replace("tone-info", "tone-positive"), scheme)
    assert unearned_calm(green, named={"Ready"}) != []


def test_word_is_earned_by_the_badge_alone(shown):
    page = shown(f"{badge(SafetyReadiness.READY)}<p>Ready</p>")

    assert unearned_calm(page, earned={"Ready"}) == ["text: Ready"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_other_tone_and_the_qualified_states_pass(shown, scheme):
    members = (*Severity, SafetyReadiness.READY_WITH_CAUTION, SafetyReadiness.BLOCKED)
    page = shown("".join(badge(one) for one in members), scheme)

    assert unearned_calm(page) == []


def test_primary_actions_are_those_that_can_be_pressed(shown):
    page = shown(
        "<a class='btn btn-primary' href='#'>Run  the\nchecks</a>"
        "<button class='btn btn-primary' disabled>Queue restore</button>"
        "<div hidden><button class='btn btn-primary'>Elsewhere</button></div>"
        "<button class='btn btn-outline-secondary'>Back</button>"
        "<button class='btn btn-danger'>Delete</button>"
    )

    assert primary_actions(page) == ["Run the checks", "Delete"]
