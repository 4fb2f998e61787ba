"""What happens half way: nothing is lost, the message is plain, and there is a way on."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from operations.models import OperationRun
from restore_safety.drafts import capture_records
from restore_safety.models import BackupSet, CapturedEvidence, DraftChange, RestoreDraft, RestoreRun
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.scope import ConflictPolicy, ScopeField, ScopeMode
from tenants.models import AuditEvent, TenantUserPermission
from tests.restore_safety.factories import BackupItemFactory
from tests.restore_safety.factories_runs import NOW, DraftFactory, RestoreRunFactory, broad
from tests.sign_ins import signed_in

SKIP = {"scope-conflict_policy": "skip"}
POLLS = {"HX-Request": "true"}


def _said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def _confirmation(desk, **changes):
    offer = desk.get("confirm").context["confirm_form"]["offer"].value()
    return {
        "offer": offer,
        "action": "restore",
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [broad()],
    } | changes


def _queue(desk, values):
    return desk.browser.post(f"/restores/drafts/{desk.draft.pk}/queue/", values)


def _take(user, *codenames):
    TenantUserPermission.objects.filter(user=user, permission__codename__in=codenames).delete()


def _submit(desk):
    run = RestoreRunFactory(
        tenant=desk.draft.tenant, draft=desk.draft, backup_set=desk.draft.backup_set
    )
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(submitted_at=run.created_at)
    return run


@pytest.mark.parametrize("step", ["backup", "scope", "checks", "preview"])
def test_what_is_posted_leads_to_a_page_that_may_be_reloaded(desk, backup_set, proven, step):
    values = desk.posted(step) | {"backup-backup_set": str(backup_set.pk)}

    response = desk.browser.post(desk.address(step), values)
    reloaded = [desk.browser.get(response["Location"]).status_code for _ in range(2)]

    assert (response.status_code, reloaded) == (302, [200, 200])
    assert DraftChange.objects.count() == 0


def test_a_capture_posted_twice_is_one_capture(desk):
    capture = f"/restores/drafts/{desk.draft.pk}/capture/checks/"

    answers = {desk.browser.post(capture)["Location"] for _ in range(2)}

    assert answers == {desk.address("checks")}
    assert (CapturedEvidence.objects.count(), OperationRun.objects.count()) == (1, 1)


def test_an_old_page_sent_again_never_overwrites_what_was_saved_since(desk):
    old = desk.posted("scope", **{"scope-assignment_mode": "leave"})
    desk.post("scope", **SKIP)

    response = desk.browser.post(desk.address("scope"), old)

    desk.draft.refresh_from_db()
    asked = response.context["asked"]
    assert (desk.draft.conflict_policy, desk.draft.include_assignments) == (
        ConflictPolicy.SKIP,
        True,
    )
    assert asked.title == "The scope was changed since you opened it"
    assert [(one.field, one.before, one.after) for one in asked.changes] == [
        (ScopeField.ASSIGNMENT_MODE, "Replace", "Leave"),
        (ScopeField.CONFLICT_POLICY, "Skip existing", "Update existing"),
    ]
    assert [one.change.field for one in asked.meanwhile] == [ScopeField.CONFLICT_POLICY]


def test_an_old_page_that_agrees_with_what_was_saved_since_is_no_news(desk):
    old = desk.posted("scope", **SKIP)
    desk.post("scope", **SKIP)

    response = desk.browser.post(desk.address("scope"), old)

    assert response["Location"] == desk.address("checks")
    assert DraftChange.objects.count() == 1


def test_two_people_in_one_draft_see_each_others_changes_before_saving(desk, sign_in, manager):
    mine = desk.posted("scope", **SKIP)
    sign_in(manager).post(
        desk.address("scope"), desk.posted("scope", **{"scope-include_foundations": ""})
    )

    response = desk.browser.post(desk.address("scope"), mine)

    (entry,) = response.context["asked"].meanwhile
    assert (entry.actor, entry.change.field) == ("manager", ScopeField.INCLUDE_FOUNDATIONS)
    assert DraftChange.objects.count() == 1


def test_a_page_that_does_not_say_what_it_saw_saves_over_nothing(desk):
    values = desk.posted("scope", **SKIP)
    del values["seen"]

    response = desk.browser.post(desk.address("scope"), values)

    assert response.context["asked"].meanwhile == ()
    assert DraftChange.objects.count() == 0


def test_two_drafts_in_two_tabs_are_asked_about_apart(desk, backup_set, proven):
    other = DraftFactory(tenant=desk.draft.tenant, owner=desk.draft.owner, backup_set=backup_set)
    asked = desk.post("scope", **SKIP)

    response = desk.browser.post(
        f"/restores/drafts/{other.pk}/scope/",
        desk.posted("scope", **SKIP)
        | {
            f"draft-{other.pk}-current_step": "scope",
            "agreed": asked.context["asked"].effect.agreement,
        },
    )

    other.refresh_from_db()
    desk.draft.refresh_from_db()
    assert response.status_code == 302
    assert (other.conflict_policy, desk.draft.conflict_policy) == (
        ConflictPolicy.SKIP,
        ConflictPolicy.UPDATE,
    )


@pytest.mark.parametrize("step", ["backup", "scope"])
def test_an_expired_session_says_what_was_not_saved_and_leads_back(client, desk, backup_set, step):
    BackupItemFactory.create_batch(500, backup_set=backup_set)
    page = desk.page(step)
    action = re.search(r'action="([^"]+)" id="step-form"', page).group(1)
    sent = desk.posted(step, **SKIP | {"item": [str(item.pk) for item in desk.items]})

    lost = client.post(desk.address(step) + action, sent)
    signed_in(client, desk.draft.owner)
    response = client.get(parse_qs(urlsplit(lost["Location"]).query)["next"][0])

    assert response["Location"] == desk.address(step)
    (said,) = _said(response)
    assert said.startswith(f"What you sent from the {step} step was not saved")
    assert "The draft is as it was saved on 20 Nov 2026" in said
    assert len(str(dict(client.session))) < 1_500
    assert DraftChange.objects.count() == 0


def test_progress_of_an_expired_session_loads_the_page_that_asks_to_sign_in(client, desk):
    polled = client.get(desk.address("checks"), headers=POLLS)
    page = client.get(desk.address("checks"))

    assert (polled.headers["HX-Refresh"], polled.content) == ("true", b"")
    assert page["Location"].startswith("/sign-in/?next=")


def test_another_browser_resumes_from_the_row(desk, sign_in, proven):
    desk.draft.selected_items.set(desk.items[:2])
    elsewhere = sign_in(desk.draft.owner)

    resumed = elsewhere.get(f"/restores/drafts/{desk.draft.pk}/")
    page = elsewhere.get(desk.address("scope"))

    assert resumed["Location"] == desk.address("confirm")
    assert page.context["section"].selected_count == 2
    assert page.context["page"].assessment.checks.is_current


def test_a_set_a_draft_rests_on_is_not_deleted(desk, sign_in, manager, proven):
    response = sign_in(manager).post(f"/backups/{desk.draft.backup_set.pk}/delete/")

    assert response.status_code in {302, 409}
    assert BackupSet.objects.filter(pk=desk.draft.backup_set.pk).exists()


@pytest.mark.parametrize("step", ["scope", "checks", "preview", "confirm"])
def test_a_set_that_is_gone_leads_to_another_one(desk, captured, step):
    captured(EvidenceKind.CHECKS)
    values = desk.posted(step, **SKIP)
    desk.draft.backup_set.delete()

    looked = desk.get(step)
    sent = desk.browser.post(desk.address(step), values)
    page = desk.get("backup")

    gone = "The backup set this draft was made from no longer exists. Choose another one."
    assert {looked["Location"], sent["Location"]} == {desk.address("backup")}
    assert _said(looked) == [gone]
    assert _said(sent)[-1] == f"{gone} Nothing of what you sent was saved."
    assert page.context["page"].scope_summary == (
        "The backup set this draft was made from no longer exists."
    )
    assert page.context["page"].next.step == "backup"
    assert desk.draft.evidence.count() == 1


def test_a_set_deleted_while_it_was_chosen_is_said_at_its_field(desk, backup_set):
    gone = BackupSet.objects.create(
        tenant=desk.draft.tenant, label="Gone", captured_at=NOW, digest="sha256:9", item_count=0
    )
    values = desk.posted("backup", **{"backup-backup_set": str(gone.pk)})
    gone.delete()

    response = desk.browser.post(desk.address("backup"), values)

    desk.draft.refresh_from_db()
    assert response.context["form"].errors == {
        "backup_set": ["That backup set does not exist in this tenant any more. Choose another."]
    }
    assert desk.draft.backup_set == backup_set


def test_a_connection_that_is_gone_sets_the_evidence_aside_and_says_where_to_look(
    desk, proven, connection
):
    values = _confirmation(desk)
    connection.delete()

    page = desk.get("confirm")
    refused = _queue(desk, values)

    assert "This tenant has no provider connection yet." in page.context["section"].refusals
    assert not page.context["page"].assessment.checks.is_current
    assert f'href="/tenants/{desk.draft.tenant.slug}/#connection"' in page.content.decode()
    assert refused.status_code == 409
    assert refused.context["refusals"] == [
        "The scope changed after you confirmed it. Look at what changed and confirm again."
    ]
    assert RestoreRun.objects.count() == 0


def test_a_connection_pointed_elsewhere_sets_the_evidence_aside(desk, proven, connection):
    connection.directory_id = "0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11"
    connection.save()

    (change,) = desk.get("checks").context["section"].changes

    assert change.field == ScopeField.TARGET
    assert change.after.endswith("0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11")


@pytest.mark.parametrize("path", ["scope/", "capture/checks/", "queue/"])
def test_a_right_that_was_taken_is_named_and_nothing_happens(desk, proven, path):
    values = desk.posted("scope", **SKIP) | _confirmation(desk)
    _take(desk.draft.owner, "prepare_restore", "execute_restore")

    response = desk.browser.post(f"/restores/drafts/{desk.draft.pk}/{path}", values)

    assert response.status_code == 403
    page = response.content.decode()
    assert "does not include “Prepare restores”" in page
    assert "Nothing was changed" in page
    assert (DraftChange.objects.count(), RestoreRun.objects.count()) == (0, 0)
    assert CapturedEvidence.objects.count() == 2


def test_without_the_right_to_execute_the_draft_goes_on_and_the_restore_does_not(desk, proven):
    values = _confirmation(desk)
    _take(desk.draft.owner, "execute_restore")

    page = desk.get("confirm")
    response = _queue(desk, values)

    assert page.context["section"].refusals == (
        "You may prepare restores in this tenant but not start them.",
    )
    assert response.status_code == 403
    assert "does not include “Execute restores”" in response.content.decode()
    assert RestoreRun.objects.count() == 0


def test_who_may_no_longer_know_of_the_tenant_finds_nothing(desk, proven):
    TenantUserPermission.objects.filter(user=desk.draft.owner).delete()

    answers = [
        desk.get("checks"),
        desk.post("scope", **SKIP),
        desk.browser.get(f"/restores/drafts/{desk.draft.pk}/evidence/{proven[0].pk}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert DraftChange.objects.count() == 0


@pytest.mark.parametrize("taken", [("prepare_restore",), None], ids=["right", "view"])
def test_progress_that_may_no_longer_be_seen_loads_the_page_that_says_so(desk, under_way, taken):
    if taken:
        _take(desk.draft.owner, *taken)
    else:
        TenantUserPermission.objects.filter(user=desk.draft.owner).delete()

    polled = desk.get("checks", headers=POLLS)

    assert polled.headers["HX-Refresh"] == "true"


def test_what_a_capture_found_after_the_right_was_taken_is_still_honest(desk, under_way):
    _take(desk.draft.owner, "prepare_restore")

    capture_records.complete_capture(evidence=under_way, now=NOW, warnings=2)

    under_way.refresh_from_db()
    assert (under_way.state, under_way.warnings) == (CaptureState.COMPLETE, 2)
    assert desk.get("checks").status_code == 403


@pytest.mark.parametrize("path", ["", "scope/", "confirm/"])
def test_a_draft_discarded_in_another_tab_says_by_whom(desk, path, sign_in, manager):
    sign_in(manager).post(f"/restores/drafts/{desk.draft.pk}/discard/")

    response = desk.browser.get(f"/restores/drafts/{desk.draft.pk}/{path}")

    page = response.content.decode()
    assert response.status_code == 410
    assert "This draft was discarded" in page
    assert "manager discarded this draft of a restore into Contoso" in page
    assert 'href="/restores/new/"' in page


@pytest.mark.parametrize("path", ["scope/", "capture/checks/", "queue/", "discard/"])
def test_what_is_sent_to_a_discarded_draft_does_nothing_and_says_so(desk, proven, path):
    values = desk.posted("scope", **SKIP) | _confirmation(desk)
    desk.browser.post(f"/restores/drafts/{desk.draft.pk}/discard/")

    response = desk.browser.post(f"/restores/drafts/{desk.draft.pk}/{path}", values)

    assert response.status_code == 410
    assert "nothing you sent was saved" in response.content.decode()
    assert RestoreRun.objects.count() == 0


def test_a_discarded_draft_is_unknown_to_who_could_not_have_gone_on_with_it(
    desk, sign_in, auditor, outsider
):
    desk.browser.post(f"/restores/drafts/{desk.draft.pk}/discard/")

    answers = [sign_in(user).get(desk.address("scope")) for user in (auditor, outsider)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert AuditEvent.objects.filter(action="restore_draft.discarded").count() == 1


def test_progress_of_a_discarded_draft_loads_the_page_that_says_so(desk, under_way):
    desk.browser.post(f"/restores/drafts/{desk.draft.pk}/discard/")

    assert desk.get("checks", headers=POLLS).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("step", ["backup", "scope", "checks", "preview"])
def test_what_is_sent_after_it_was_queued_elsewhere_is_not_saved_and_says_so(desk, step):
    values = desk.posted(step, **SKIP)
    run = _submit(desk)

    response = desk.browser.post(desk.address(step), values)

    assert response["Location"] == f"/restores/{run.pk}/"
    (said,) = _said(response)
    assert said == (
        "This draft was queued as a restore and no longer changes. "
        "Nothing of what you sent was saved."
    )
    assert DraftChange.objects.count() == 0


def test_the_confirmation_of_another_tab_leads_to_the_run_that_was_queued(desk, proven):
    here, there = _confirmation(desk), _confirmation(desk)
    _queue(desk, there)

    response = _queue(desk, here)

    run = RestoreRun.objects.get()
    assert response["Location"] == f"/restores/{run.pk}/"
    assert _said(response)[-2] == "This draft was already queued as a restore."


@pytest.mark.parametrize("path", ["scope/", "queue/", "capture/checks/"])
def test_a_form_this_session_does_not_know_changes_nothing_and_says_how_to_go_on(
    desk, proven, path
):
    browser = Client(enforce_csrf_checks=True)
    signed_in(browser, desk.draft.owner)

    response = browser.post(
        f"/restores/drafts/{desk.draft.pk}/{path}",
        desk.posted("scope", **SKIP) | _confirmation(desk),
    )

    page = response.content.decode()
    assert response.status_code == 403
    assert "Nothing was changed" in page
    assert "load the page again and repeat the step" in page
    assert (DraftChange.objects.count(), RestoreRun.objects.count()) == (0, 0)
    assert desk.draft.mode == ScopeMode.ALL
