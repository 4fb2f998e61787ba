"""A real restore is queued by who just proved that it is them; nothing entered is lost by it."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from restore_safety.models import CapturedEvidence, RestoreRun
from restore_safety.truth.evidence import EvidenceKind
from tenants.models import AuditEvent
from tests.factories import PASSWORD
from tests.restore_safety.factories_runs import NOW, EvidenceFactory, FindingFactory, broad
from tests.restore_safety.wizard.conftest import Desk
from tests.sign_ins import signed_in

ENTERED = {
    "action": "restore",
    "typed_name": "Contoso",
    "reason": "Change 4711",
    "acknowledged": [broad()],
}


@pytest.fixture
def late(draft, operator, proven):
    """The operator's browser, half an hour after the last proof."""
    return Desk(signed_in(Client(), operator, minutes_ago=30), draft)


def offered(page):
    return page.context["confirm_form"]["offer"].value()


def queue(desk, **changes):
    entered = ENTERED | {"offer": offered(desk.get("confirm"))} | changes
    return desk.browser.post(f"/restores/drafts/{desk.draft.pk}/queue/", entered)


def prove(desk):
    confirm = desk.address("confirm")
    answer = desk.browser.post(f"/prove/?next={confirm}", {"password": PASSWORD})
    assert answer["Location"] == confirm


def filled_in(page):
    form = page.context["confirm_form"]
    return {name: form[name].value() for name in ("typed_name", "reason", "acknowledged")}


def test_page_says_beforehand_that_it_will_ask(late, desk, proven):
    said = "Queueing asks you first to prove that it is you."

    assert (said in late.page("confirm"), said in desk.page("confirm")) == (True, False)


def test_old_proof_queues_nothing_and_leads_to_prove_it(late):
    answer = queue(late)

    page = late.browser.get(answer["Location"])
    event = AuditEvent.objects.get(action="restore.refused")
    assert answer["Location"] == (
        f"/prove/?next=%2Frestores%2Fdrafts%2F{late.draft.pk}%2Fconfirm%2F"
    )
    assert not RestoreRun.objects.exists()
    assert (event.detail["condition"], event.detail["is_dry_run"]) == ("sign_in_too_old", False)
    assert "Nothing was queued into Contoso yet. What you entered is kept" in page.text


def test_who_proves_it_comes_back_to_all_they_entered_and_queues_it(late):
    queue(late)
    prove(late)

    page = late.get("confirm")
    queued = queue(late, offer=offered(page))

    assert "Nothing is queued yet" in page.text
    assert filled_in(page) == {
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [broad()],
    }
    assert queued["Location"].startswith("/operations/")
    assert RestoreRun.objects.get().reason == "Change 4711"


def test_who_has_no_password_proves_it_with_the_directory_and_queues_it(late, operator, directory):
    operator.set_unusable_password()
    operator.save()
    uid = f"subject-1@{directory.issuer}"
    SocialAccount.objects.create(user=operator, provider="entra", uid=uid)
    browser = signed_in(late.browser, operator, minutes_ago=30)

    refused = queue(late)
    asked = browser.get(refused["Location"], follow=True)
    where = asked.redirect_chain[-1][0]
    back = browser.get(directory.follow(browser.post(where)))
    page = late.get("confirm")
    queued = queue(late, offer=offered(page))

    assert where.startswith("/prove/directory/?next=")
    assert (directory.asked["prompt"], directory.asked["max_age"]) == ("login", "0")
    assert back["Location"] == late.address("confirm")
    assert filled_in(page)["reason"] == "Change 4711"
    assert queued["Location"].startswith("/operations/")
    assert RestoreRun.objects.get().reason == "Change 4711"


def test_proving_alone_queues_nothing(late):
    queue(late)
    prove(late)
    late.get("confirm")

    assert not RestoreRun.objects.exists()


def test_what_was_entered_is_kept_until_it_is_proven_and_then_given_once(late):
    queue(late)

    before = filled_in(late.get("confirm"))
    prove(late)
    after = filled_in(late.get("confirm"))
    later = filled_in(late.get("confirm"))

    assert before["reason"] == after["reason"] == "Change 4711"
    assert later == {"typed_name": None, "reason": None, "acknowledged": None}


def test_ticks_are_not_kept_for_other_evidence(late, captured):
    queue(late)
    checks = captured(
        EvidenceKind.CHECKS, warnings=1, started_at=NOW, completed_at=NOW + timedelta(minutes=1)
    )
    FindingFactory(evidence=checks)
    prove(late)

    page = late.get("confirm")

    assert CapturedEvidence.objects.filter(kind=EvidenceKind.CHECKS).count() == 2
    assert filled_in(page) == {
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [],
    }


def test_nobody_proves_it_for_what_would_be_refused_all_the_same(late):
    answer = queue(late, reason="")

    assert answer.status_code == 409
    assert AuditEvent.objects.get(action="restore.refused").detail["condition"] == "reason_missing"


def test_dry_run_asks_for_no_proof(late):
    answer = queue(late, action="dry-run")

    assert answer["Location"].startswith("/operations/")
    assert RestoreRun.objects.get().is_dry_run


def test_restore_of_another_draft_takes_nothing_of_this(late, draft, operator, backup_set, tenant):
    queue(late)
    other = type(draft).objects.create(
        tenant=tenant,
        owner=operator,
        backup_set=backup_set,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
    )
    EvidenceFactory(draft=other, kind=EvidenceKind.CHECKS, plan_hash="", writes=0)

    page = Desk(late.browser, other).get("confirm")

    assert filled_in(page)["reason"] is None
