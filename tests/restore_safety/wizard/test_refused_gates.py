"""A condition that keeps a restore from starting: its way on, and what is proven despite it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.drafts import service as drafts
from restore_safety.drafts.service import ScopeChoices
from restore_safety.models import CapturedEvidence, Decision, PlanItem, Severity
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.scope import ScopeMode
from tenants.models import Tenant, TenantUserPermission, Verification
from tenants.models.capabilities import Capability
from tests.restore_safety.factories_runs import FindingFactory, RestoreRunFactory

WARNED = "Ready with caution Warnings have to be weighed first."


def _close_write_gate(desk):
    Tenant.objects.update(writes_enabled=False)
    return "Go to the write gate", f"/tenants/{desk.draft.tenant.slug}/#write-gate"


def _lose_connection(desk):
    desk.draft.tenant.connection.verification = Verification.FAILED
    desk.draft.tenant.connection.save()
    return "Go to the connection", f"/tenants/{desk.draft.tenant.slug}/#connection"


def _lose_permission(desk):
    held = TenantUserPermission.objects.filter(user=desk.draft.owner)
    held.filter(permission__codename=Capability.EXECUTE_RESTORE).delete()
    return "See who may start it", f"/tenants/{desk.draft.tenant.slug}/#rights"


def _be_busy(desk):
    run = RestoreRunFactory(tenant=desk.draft.tenant, running=True)
    return "Follow the live restore", run.operation_run.get_absolute_url()


def _be_too_old(desk):
    Tenant.objects.update(max_evidence_age=timedelta(seconds=1))
    return "Run the checks", desk.address("checks")


def _have_an_old_preview(desk):
    CapturedEvidence.objects.filter(kind=EvidenceKind.CHECKS).update(completed_at=timezone.now())
    Tenant.objects.update(max_evidence_age=timedelta(hours=1))
    return "Run the preview", desk.address("preview")


def _leave_everything_out(desk):
    CapturedEvidence.objects.filter(kind=EvidenceKind.PREVIEW).update(writes=0, blocked=3)
    PlanItem.objects.update(decision=Decision.BLOCKED)
    return "Change the scope", desk.address("scope")


def _compare_nothing(desk):
    CapturedEvidence.objects.filter(kind=EvidenceKind.PREVIEW).update(writes=0, not_evaluable=3)
    PlanItem.objects.update(decision=Decision.NOT_EVALUABLE)
    return "Run the preview", desk.address("preview")


REFUSING = {
    "permission": _lose_permission,
    "write gate": _close_write_gate,
    "connection": _lose_connection,
    "lock": _be_busy,
    "evidence age": _be_too_old,
    "age of the preview": _have_an_old_preview,
    "all left out": _leave_everything_out,
    "nothing comparable": _compare_nothing,
}


def _primary(page):
    """What the page's filled buttons say, and where those that are links lead."""
    found = re.findall(r"<(?:a|button)([^>]*\bbtn-primary\b[^>]*)>([^<]+)<", page)
    return [(label.strip(), "".join(re.findall(r'href="([^"]+)"', tag))) for tag, label in found]


def _proven(page):
    """What stands under “What is proven”, up to the evidence."""
    section = page[page.index("What is proven") :].partition('<ul class="rs-gates">')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).removeprefix("What is proven").split())


@pytest.mark.parametrize("name", REFUSING)
def test_confirm_has_the_one_way_past_each_refused_gate(desk, proven, name):
    label, address = REFUSING[name](desk)

    page = desk.page("confirm")

    assert _primary(page) == [(label, address)]
    assert f'href="{address}"><strong>{label}</strong>' in page
    assert "Cannot start" in page


@pytest.mark.parametrize("name", ["write gate", "lock"])
def test_a_draft_that_waits_for_a_gate_resumes_where_it_is_named(desk, proven, name):
    REFUSING[name](desk)

    response = desk.browser.get(f"/restores/drafts/{desk.draft.pk}/")

    assert response["Location"] == desk.address("confirm")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("evidence age", EvidenceKind.CHECKS), ("age of the preview", EvidenceKind.PREVIEW)],
)
def test_evidence_that_is_too_old_is_run_again_on_its_step(desk, proven, name, kind):
    REFUSING[name](desk)

    resumed = desk.browser.get(f"/restores/drafts/{desk.draft.pk}/")
    page = desk.page(kind)

    assert resumed["Location"] == desk.address(kind)
    assert _primary(page) == [(f"Run the {kind.label.lower()} again", "")]
    assert "Too old for this tenant" in page
    assert "0:00:01" not in page


def test_the_preview_sends_back_to_checks_that_are_too_old(desk, proven):
    _be_too_old(desk)

    assert _primary(desk.page("preview")) == [("Run the checks", desk.address("checks"))]


@pytest.mark.parametrize("step", ["checks", "preview"])
def test_a_plan_that_leaves_all_out_asks_for_another_scope(desk, proven, step):
    _leave_everything_out(desk)

    assert _primary(desk.page(step)) == [("Change the scope", desk.address("scope"))]


@pytest.mark.parametrize(
    "name", ["permission", "write gate", "connection", "lock", "evidence age", "age of the preview"]
)
def test_no_gate_takes_the_place_of_what_was_raised(desk, proven, name):
    REFUSING[name](desk)

    assert _proven(desk.page("confirm")) == WARNED


def test_nothing_raised_is_told_as_such_beside_a_closed_write_gate(desk, captured):
    captured(EvidenceKind.CHECKS)
    captured(EvidenceKind.PREVIEW)
    _close_write_gate(desk)

    page = desk.page("confirm")

    assert (
        _proven(page)
        == "Nothing raised Checks and preview are current and raised nothing to weigh."
    )
    assert "Writes to this tenant are switched off." in page.partition("Can it start")[2]


def test_what_could_not_be_compared_is_not_hidden_by_nothing_to_restore(desk, proven):
    _compare_nothing(desk)

    assert _proven(desk.page("confirm")) == (
        "Ready with caution Something could not be looked at, so nothing is known about it."
    )


def _select(desk, items):
    drafts.change_scope(
        actor=desk.draft.owner,
        draft=desk.draft,
        choices=ScopeChoices(mode=ScopeMode.SELECTED, selected=frozenset(str(i.pk) for i in items)),
        now=timezone.now(),
    )


def test_confirm_names_the_policies_that_went_out_since(desk, captured):
    _select(desk, desk.items)
    captured(EvidenceKind.CHECKS)
    captured(EvidenceKind.PREVIEW)
    _select(desk, desk.items[:2])

    response = desk.get("confirm")

    refused = response.content.decode().partition("This restore cannot be queued yet")[2]
    refused = refused.partition("What is proven")[0]
    (moved,) = response.context["section"].moved
    assert moved.title == "What changed since the checks and the preview ran"
    assert [change.sentences for change in moved.changes] == [("Went out: Policy 3.",)]
    assert "Went out: Policy 3." in refused
    assert "operator, <time" in refused


def test_confirm_tells_apart_what_changed_since_each(desk, captured):
    _select(desk, desk.items)
    captured(EvidenceKind.CHECKS)
    _select(desk, desk.items[:2])
    captured(EvidenceKind.PREVIEW)
    _select(desk, desk.items[:1])

    moved = desk.get("confirm").context["section"].moved

    assert [(one.title, one.changes[0].sentences) for one in moved] == [
        ("What changed since the checks ran", ("Went out: Policy 2, Policy 3.",)),
        ("What changed since the preview ran", ("Went out: Policy 2.",)),
    ]


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_abandoned_capture_is_reported_alike_on_every_page(desk, captured, kind):
    if kind is EvidenceKind.PREVIEW:
        captured(EvidenceKind.CHECKS)
    captured(kind, state=CaptureState.CAPTURING, completed_at=None)
    said = "No worker is on this capture any more, so it will never end."

    page, shown = desk.page(kind), desk.get(kind).context["page"]

    assert shown.account(kind).sentence == said
    assert _proven(page) == f"Risky {said}"
    assert "A capture has not finished yet." not in page


def test_a_blocker_is_what_is_proven_whatever_else_is_refused(desk, captured):
    checks = captured(EvidenceKind.CHECKS, blockers=1)
    FindingFactory(evidence=checks, severity=Severity.BLOCKER)
    captured(EvidenceKind.PREVIEW)
    _close_write_gate(desk)

    page = desk.page("confirm")

    assert _proven(page) == "Blocked The checks found 1 blocker."
    assert _primary(page) == [("Resolve the blockers", desk.address("checks"))]
