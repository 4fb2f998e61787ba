"""Four eyes: who may approve, what an approval is bound to, and what makes it void."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from operations.models import Notification
from restore_safety.drafts import service as drafts
from restore_safety.drafts.service import ScopeChoices
from restore_safety.execution import approval_requests
from restore_safety.execution.approval_requests import (
    DecisionRefusedError,
    ProofNeededError,
    status_of_request,
)
from restore_safety.execution.gate import Refusal, RestoreRefusedError
from restore_safety.execution.overrides import overrides_of
from restore_safety.home.waiting_approvals import waiting_for
from restore_safety.models import ApprovalRequest, RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.four_eyes import ApprovalFlaw, ApprovalState
from restore_safety.truth.overrides import Override
from restore_safety.truth.scope import ConflictPolicy, ScopeMode
from restore_safety.truth.snapshot import ExecutionSnapshot
from tenants.access.service import AccessDeniedError, bootstrap_role
from tenants.change_windows.four_eyes import FourEyes, set_four_eyes
from tenants.change_windows.four_eyes import ProofNeededError as SettingNeedsProofError
from tenants.change_windows.safeguards import NameNotTypedError
from tenants.models import AuditEvent
from tenants.models.capabilities import Role
from tests.factories import ChangeWindowFactory, UserFactory
from tests.restore_safety.execution.scene import CATALOG, SCRIPTS, catalog, script

DAY = timedelta(hours=24)


@pytest.fixture
def draft(scene, tenant):
    tenant.needs_approval = True
    tenant.save()
    return scene.capture(scene.draft((CATALOG, catalog()), (SCRIPTS, script())))


def asked(scene, draft, **changes):
    now = timezone.now()
    return approval_requests.ask(
        actor=scene.operator,
        draft=draft,
        confirmation=scene.confirmation(draft, **changes),
        authenticated_at=now,
        now=now,
    )


def decided(request, actor, *, approve=True, reason="Looked at it", now=None, proved=True):
    now = now or timezone.now()
    approval_requests.decide(
        actor=actor,
        request=request,
        approve=approve,
        reason=reason,
        authenticated_at=now if proved else None,
        now=now,
    )
    request.refresh_from_db()
    return request


def state(request, *, now=None):
    return status_of_request(
        ApprovalRequest.objects.get(pk=request.pk), now=now or timezone.now()
    ).state


def test_restore_is_refused_until_another_person_approved_it(scene, draft, manager):
    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft)
    assert caught.value.refusal is Refusal.NOT_APPROVED

    request = decided(asked(scene, draft), manager)
    run = scene.queue(draft)

    assert run.approval == request
    snapshot = ExecutionSnapshot.from_json(run.metadata[SNAPSHOT_KEY])
    assert (snapshot.approval.request_id, snapshot.approval.approver_name) == (
        str(request.pk),
        "manager",
    )
    assert state(request) is ApprovalState.USED
    assert len(scene.work(run).items.filter(outcome="created")) == 2


def test_a_dry_run_needs_no_one(scene, draft):
    assert scene.queue(draft, is_dry_run=True).is_dry_run


def test_asking_tells_those_who_may_approve_and_deciding_the_requester(
    scene, draft, manager, owner, auditor
):
    request = asked(scene, draft)

    notified = Notification.objects.filter(kind="approval")
    assert {one.user for one in notified} == {manager, owner}
    assert {one.url for one in notified} == {request.get_absolute_url()}

    decided(request, manager, approve=False, reason="Not today")

    assert Notification.objects.get(user=scene.operator, kind="approval").headline == (
        "manager rejected your restore into Contoso"
    )
    assert state(request) is ApprovalState.REJECTED


@pytest.mark.parametrize("is_superuser", [False, True])
def test_no_one_approves_what_they_asked_for(scene, draft, manager, is_superuser):
    manager.is_superuser = is_superuser
    manager.save()
    scene.operator = manager
    request = asked(scene, draft)

    with pytest.raises(DecisionRefusedError, match="another person"):
        decided(request, manager)

    assert state(request) is ApprovalState.WAITING
    assert AuditEvent.objects.filter(action="restore.approval_refused", outcome="denied").exists()


def test_the_database_itself_refuses_a_decision_on_ones_own_request(scene, draft):
    request = asked(scene, draft)

    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalRequest.objects.filter(pk=request.pk).update(
            decision="approved", decided_by=scene.operator, decided_at=timezone.now()
        )


@pytest.mark.parametrize("person", ["auditor", "outsider", "member"])
def test_only_who_has_the_right_decides(scene, draft, request, person):
    asked_for = asked(scene, draft)

    with pytest.raises(AccessDeniedError):
        decided(asked_for, request.getfixturevalue(person))

    assert state(asked_for) is ApprovalState.WAITING


def test_a_superuser_without_the_right_decides_nothing(scene, draft):
    request = asked(scene, draft)

    with pytest.raises(AccessDeniedError):
        decided(request, UserFactory(is_superuser=True, is_staff=True))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_a_decision_needs_a_reason(scene, draft, manager, reason):
    request = asked(scene, draft)

    with pytest.raises(DecisionRefusedError, match="Say why"):
        decided(request, manager, reason=reason)


def test_a_decision_needs_a_recent_proof(scene, draft, manager):
    request = asked(scene, draft)

    with pytest.raises(ProofNeededError):
        decided(request, manager, proved=False)

    assert state(request) is ApprovalState.WAITING


def change_scope(scene, draft):
    choices = ScopeChoices(conflict_policy=ConflictPolicy.COPY)
    drafts.change_scope(actor=scene.operator, draft=draft, choices=choices, now=timezone.now())


def change_back(scene, draft):
    change_scope(scene, draft)
    choices = ScopeChoices(conflict_policy=ConflictPolicy.UPDATE)
    drafts.change_scope(actor=scene.operator, draft=draft, choices=choices, now=timezone.now())


def recapture(scene, draft):
    scene.capture(draft)


def connect_elsewhere(scene, draft):
    scene.connection.directory_id = "00000000-0000-4000-8000-00000000e15e"
    scene.connection.save()


def lose_the_right(scene, draft):
    scene.operator.tenantuserpermission_set.filter(permission__codename="execute_restore").delete()


CHANGES = {
    change_scope: ApprovalFlaw.SCOPE,
    change_back: ApprovalFlaw.SCOPE,
    recapture: ApprovalFlaw.CHECKS,
    connect_elsewhere: ApprovalFlaw.TARGET,
    lose_the_right: ApprovalFlaw.REQUESTER,
}


@pytest.mark.parametrize("is_approved", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_makes_a_request_void_and_says_why(scene, draft, manager, change, is_approved):
    request = asked(scene, draft)
    if is_approved:
        decided(request, manager)

    change(scene, draft)

    held = status_of_request(ApprovalRequest.objects.get(pk=request.pk), now=timezone.now())
    assert (held.state, held.flaw) == (ApprovalState.VOID, CHANGES[change])
    assert held.sentence == CHANGES[change].sentence
    assert not waiting_for(manager, now=timezone.now())
    if not is_approved:
        with pytest.raises(DecisionRefusedError, match="Void"):
            decided(request, manager)


def test_page_of_a_void_request_names_what_left_the_scope(scene, draft, manager, sign_in):
    request = asked(scene, draft)
    firewall = draft.backup_set.items.get(name="Firewall")
    choices = ScopeChoices(mode=ScopeMode.SELECTED, selected=frozenset({str(firewall.pk)}))
    drafts.change_scope(actor=scene.operator, draft=draft, choices=choices, now=timezone.now())

    text = sign_in(manager).get(request.get_absolute_url()).content.decode()

    assert ApprovalFlaw.SCOPE.sentence in text
    assert "What changed since it was asked" in text
    assert "Went out: Cleanup." in text
    assert f"{scene.operator}, " in text


def test_page_of_a_request_says_that_a_change_was_taken_back(scene, draft, manager, sign_in):
    request = asked(scene, draft)
    change_back(scene, draft)

    text = sign_in(manager).get(request.get_absolute_url()).content.decode()

    assert "The scope is as it was again." in text
    assert text.count("rs-plan-cause") == 2


def test_a_void_approval_starts_nothing(scene, draft, manager):
    decided(asked(scene, draft), manager)
    recapture(scene, draft)

    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft)

    assert caught.value.refusal is Refusal.NOT_APPROVED
    assert ApprovalFlaw.CHECKS.sentence in caught.value.sentence
    assert not RestoreRun.objects.exists()


def test_request_and_approval_expire(scene, draft, manager):
    request = asked(scene, draft)
    assert state(request, now=request.decide_by) is ApprovalState.EXPIRED
    with pytest.raises(DecisionRefusedError, match="Expired"):
        decided(request, manager, now=request.decide_by)

    decided(request, manager)

    assert state(request, now=request.decided_at + DAY - timedelta(seconds=1)) is (
        ApprovalState.APPROVED
    )
    assert state(request, now=request.decided_at + DAY) is ApprovalState.EXPIRED


def test_approval_counts_for_the_reason_and_the_person_that_asked(scene, draft, manager, tenant):
    decided(asked(scene, draft), manager)

    with pytest.raises(RestoreRefusedError) as other_reason:
        scene.queue(draft, reason="Something else")
    colleague = UserFactory(username="colleague")
    bootstrap_role(user=colleague, tenant=tenant, role=Role.OPERATOR)
    scene.operator = colleague
    with pytest.raises(RestoreRefusedError) as other_person:
        scene.queue(draft)

    assert other_reason.value.refusal is Refusal.NOT_APPROVED
    assert other_person.value.refusal is Refusal.NOT_APPROVED


def test_asking_again_replaces_the_request_before(scene, draft, manager):
    first = asked(scene, draft)
    second = asked(scene, draft)

    assert (state(first), state(second)) == (ApprovalState.WITHDRAWN, ApprovalState.WAITING)
    with pytest.raises(DecisionRefusedError):
        decided(first, manager)


def test_request_waits_for_others_until_it_is_decided_or_its_time_is_over(scene, draft, manager):
    request = asked(scene, draft)
    now = timezone.now()

    assert list(waiting_for(manager, now=now)) == [request]
    assert not waiting_for(scene.operator, now=now)
    assert not waiting_for(manager, now=request.decide_by)
    decided(request, manager)
    assert not waiting_for(manager, now=now)


def test_withdrawn_request_is_not_decided_on(scene, draft, manager):
    request = asked(scene, draft)

    assert approval_requests.withdraw(actor=scene.operator, request=request, now=timezone.now())
    assert not approval_requests.withdraw(actor=scene.operator, request=request, now=timezone.now())

    with pytest.raises(DecisionRefusedError, match="Withdrawn"):
        decided(request, manager)


def test_asking_needs_all_that_a_restore_needs(scene, draft):
    with pytest.raises(RestoreRefusedError) as nameless:
        asked(scene, draft, typed_name="contoso")
    scene.tenant.writes_enabled = False
    scene.tenant.save()
    with pytest.raises(RestoreRefusedError) as closed:
        asked(scene, draft)

    assert nameless.value.refusal is Refusal.NAME_NOT_TYPED
    assert closed.value.refusal is Refusal.GATE_REFUSED
    assert not ApprovalRequest.objects.exists()


def test_breaking_the_glass_is_typed_kept_and_notified(scene, draft, owner):
    scene.operator = owner

    run = scene.queue(draft, break_glass="Nobody else is awake", break_glass_name="Contoso")

    assert [(one.override, one.reason) for one in overrides_of(run)] == [
        (Override.BREAK_GLASS, "Nobody else is awake")
    ]
    event = AuditEvent.objects.get(action="restore.approval_overridden")
    assert event.detail["reason"] == "Nobody else is awake"
    assert run.approval is None


@pytest.mark.parametrize(
    "typed",
    [
        {"break_glass": " ", "break_glass_name": "Contoso"},
        {"break_glass": "Urgent", "break_glass_name": ""},
        {"break_glass": "Urgent", "break_glass_name": "contoso"},
        {"break_glass": "x" * 201, "break_glass_name": "Contoso"},
    ],
)
def test_breaking_the_glass_in_part_is_refused(scene, draft, owner, typed):
    scene.operator = owner

    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft, **typed)

    assert caught.value.refusal is Refusal.OVERRIDE_INCOMPLETE


def test_breaking_the_glass_needs_the_right_to(scene, draft, manager):
    for person in (scene.operator, manager):
        scene.operator = person
        with pytest.raises(AccessDeniedError):
            scene.queue(draft, break_glass="Urgent", break_glass_name="Contoso")


def set_to(tenant, actor, *, needed, hours=24, proved=True, typed_name="Contoso"):
    now = timezone.now()
    return set_four_eyes(
        actor=actor,
        tenant=tenant,
        setting=FourEyes(needed=needed, lifetime=timedelta(hours=hours)),
        authenticated_at=now if proved else None,
        now=now,
        typed_name=typed_name,
    )


def test_raising_is_immediate_and_lowering_takes_a_proof(tenant, manager):
    assert set_to(tenant, manager, needed=True, proved=False)
    assert set_to(tenant, manager, needed=True, hours=2, proved=False)

    for lower in ({"needed": False}, {"needed": True, "hours": 3}):
        with pytest.raises(SettingNeedsProofError):
            set_to(tenant, manager, proved=False, **lower)
    assert set_to(tenant, manager, needed=False)

    actions = AuditEvent.objects.filter(action__startswith="four_eyes.").order_by("pk")
    assert [one.action for one in actions] == [
        "four_eyes.raised",
        "four_eyes.raised",
        "four_eyes.lowered",
    ]


def test_only_managers_set_four_eyes(tenant, operator):
    with pytest.raises(AccessDeniedError):
        set_to(tenant, operator, needed=True)


@pytest.mark.parametrize("typed", ["", "contoso", "Contoso Ltd"])
def test_switching_it_off_takes_the_name_of_the_tenant(tenant, manager, typed):
    set_to(tenant, manager, needed=True)

    with pytest.raises(NameNotTypedError):
        set_to(tenant, manager, needed=False, typed_name=typed)

    tenant.refresh_from_db()
    assert tenant.needs_approval
    assert not AuditEvent.objects.filter(action="four_eyes.lowered").exists()
    assert set_to(tenant, manager, needed=True, hours=48, typed_name=typed)


def test_switching_it_off_says_what_waits_and_the_request_says_who_did(
    scene, draft, manager, sign_in
):
    request = asked(scene, draft)
    address = reverse("tenants:four-eyes-set", args=[scene.tenant.slug])
    browser = sign_in(manager)
    off = {"needed": "no", "hours": "24"}

    question = browser.post(address, off).content.decode()
    wrong = browser.post(address, off | {"typed_name": "contoso"}).content.decode()
    scene.tenant.refresh_from_db()
    held = scene.tenant.needs_approval
    done = browser.post(address, off | {"typed_name": "Contoso"})
    page = browser.get(request.get_absolute_url()).content.decode()

    assert held
    assert "1 restore waits for approval by another person." in question
    assert "can then be queued without another person." in question
    assert "Nothing was changed" not in question
    assert "Nothing was changed" in wrong
    assert done.status_code == 302
    assert "Four eyes was switched off by manager." in page
    assert "this restore can be queued without a decision." in page
    event = AuditEvent.objects.get(action="four_eyes.lowered")
    assert event.detail == {
        "before": "approval needed, counting for 24 h",
        "after": "no approval needed",
    }


def test_request_says_that_a_freeze_was_removed(scene, draft, manager, sign_in):
    window = ChangeWindowFactory(tenant=scene.tenant, starts_at=timezone.now() - timedelta(hours=1))
    request = asked(scene, draft)
    address = reverse("tenants:change-window-remove", args=[scene.tenant.slug, window.pk])
    browser = sign_in(manager)

    question = browser.post(address).content.decode()
    browser.post(address, {"typed_name": "Contoso"})
    page = browser.get(request.get_absolute_url()).content.decode()

    assert "Restores can then write to this tenant at once." in question
    assert "1 restore waits for approval by another person." in question
    assert "The change window “Stock taking” was removed by manager." in page


def test_request_that_was_over_before_says_nothing_of_it(scene, draft, manager, sign_in):
    request = decided(asked(scene, draft), manager, approve=False)
    set_to(scene.tenant, manager, needed=False)

    page = sign_in(manager).get(request.get_absolute_url()).content.decode()

    assert "switched off" not in page
