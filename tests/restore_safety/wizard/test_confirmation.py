import pytest
from django.contrib.messages import get_messages

from restore_safety.models import CapturedEvidence, Decision, RestoreRun
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.scope import AssignmentMode
from tenants.canonical_json import digest_of
from tests.restore_safety.factories_runs import FindingFactory, broad

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
OTHER_GROUP = "0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11"
SAY_WHY = "Say why this restore is done, or name the change request, in at most 300 letters."


@pytest.fixture
def confirm(desk, proven):
    """`confirm(**changes)`: open the confirm step, fill it in, and send it."""

    def send(meanwhile=lambda: None, **changes):
        offer = _offer(desk)
        meanwhile()
        values = {
            "offer": offer,
            "action": "restore",
            "typed_name": "Contoso",
            "reason": "Change 4711",
            "acknowledged": [broad()],
        }
        return _queue(desk, values | changes)

    return send


def _offer(desk):
    return desk.get("confirm").context["confirm_form"]["offer"].value()


def _queue(desk, values):
    return desk.browser.post(f"/restores/drafts/{desk.draft.pk}/queue/", values)


def left_out(preview):
    """What the key of the policies that the preview leaves out ends in."""
    item = preview.plan.get(decision=Decision.BLOCKED)
    about = [[str(item.backup_item_id), item.reason_code]]
    return digest_of(about).removeprefix("sha256:")[:12]


def _kept(response):
    form = response.context["confirm_form"]
    return {name: form[name].value() for name in ("typed_name", "reason", "acknowledged")}


def test_confirming_queues_the_restore_and_follows_it(confirm):
    response = confirm()

    run = RestoreRun.objects.get()
    address = f"/operations/{run.operation_run_id}/"
    assert (run.is_dry_run, run.reason) == (False, "Change 4711")
    assert response["Location"] == address
    assert [str(one) for one in get_messages(response.wsgi_request)] == [
        f'Restore queued. <a href="{address}">Follow it</a>'
    ]


def test_a_dry_run_asks_for_no_confirmation(confirm, draft):
    confirm(action="dry-run", typed_name="", reason="", acknowledged=[])

    draft.refresh_from_db()
    assert RestoreRun.objects.get().is_dry_run
    assert draft.submitted_at is None


def test_sending_it_twice_makes_one_run(desk, proven):
    values = {
        "offer": _offer(desk),
        "action": "restore",
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [broad()],
    }

    answers = [_queue(desk, values) for _ in range(2)]

    address = answers[0]["Location"]
    assert answers[1]["Location"] == address
    assert RestoreRun.objects.count() == 1
    assert [str(one) for one in get_messages(answers[1].wsgi_request)][-1] == (
        f'This restore was already queued, nothing was added. <a href="{address}">Follow it</a>'
    )


def test_a_refusal_names_every_condition_that_is_still_open(desk, captured):
    checks = captured(EvidenceKind.CHECKS, warnings=3)
    raised = [FindingFactory(evidence=checks, subjects=[{"id": n, "name": n}]) for n in "123"]
    captured(EvidenceKind.PREVIEW)

    response = _queue(
        desk,
        {"offer": _offer(desk), "action": "restore", "acknowledged": [raised[1].key]},
    )

    assert response.status_code == 409
    assert response.context["refusals"] == [
        "Acknowledge each warning by itself: 2 of 3 are still open.",
        SAY_WHY,
        "Type the tenant's name exactly as it is written: Contoso",
    ]


@pytest.mark.parametrize("field", ["reason", "typed_name"])
def test_what_no_record_can_hold_is_refused_and_kept(confirm, field):
    response = confirm(**{field: "Con\x00toso"})

    assert response.status_code == 409
    assert "Null characters are not allowed." in response.context["refusals"]
    assert _kept(response)[field] == "Con\x00toso"
    assert RestoreRun.objects.count() == 0


def test_a_dry_run_keeps_no_reason_that_no_record_can_hold(confirm):
    confirm(action="dry-run", reason="4711\x00")

    assert RestoreRun.objects.get().reason == ""


def test_each_thing_to_acknowledge_says_why_what_to_do_and_for_which_policies(desk, captured):
    checks = captured(EvidenceKind.CHECKS, warnings=1)
    FindingFactory(evidence=checks, subjects=[{"id": "1", "name": "Policy 1"}])
    preview = captured(EvidenceKind.PREVIEW, blocked=1)
    preview.plan.filter(position=2).update(decision=Decision.BLOCKED)

    response = desk.get("confirm")

    address = f"/restores/drafts/{desk.draft.pk}"
    raised = response.context["section"].raised
    assert [(one.asked.key, one.why, one.remedy, one.policies, one.url) for one in raised] == [
        (
            broad("1"),
            "It reaches every machine at once.",
            "Make sure that is wanted.",
            ("Policy 1",),
            f"{address}/checks/",
        ),
        (
            f"preview-blocked-{left_out(preview)}",
            "The preview says of each why it is left out.",
            "Solve what it names and preview again, or leave these policies out of the scope.",
            ("Policy 2",),
            f"{address}/preview/?decision=blocked",
        ),
    ]
    page = response.content.decode()
    assert all(f'name="acknowledged" value="{one.asked.key}"' in page for one in raised)
    assert "What to do, and the 1 policy it is about" in page


def test_the_groups_that_stand_in_are_shown_before_confirming(desk):
    item = desk.items[0]
    item.group_names = {GROUP: "Field kiosks", OTHER_GROUP: "Pilot ring"}
    item.save()
    desk.draft.mapping = {"group": {GROUP: OTHER_GROUP}}
    desk.draft.save()

    assert "<li>Group Field kiosks → Pilot ring</li>" in desk.page("confirm")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"typed_name": "contoso"},
            "typed_name",
            "Type the tenant's name exactly as it is written: Contoso",
        ),
        (
            {"acknowledged": []},
            "acknowledged",
            "Acknowledge each warning by itself: 1 of 1 is still open.",
        ),
        ({"reason": " "}, "reason", SAY_WHY),
        ({"reason": "x" * 301}, "reason", SAY_WHY),
    ],
)
def test_a_refusal_names_the_condition_and_keeps_what_was_typed(confirm, changes, field, sentence):
    response = confirm(**changes)

    sent = {
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [broad()],
    }
    assert response.status_code == 409
    assert response.context["refusals"] == [sentence]
    assert response.context["confirm_form"].errors == {field: [sentence]}
    assert _kept(response) == sent | changes
    assert RestoreRun.objects.count() == 0


def test_the_offer_after_a_refusal_is_fresh_and_good(desk, confirm):
    refused = confirm(reason="")
    form = refused.context["confirm_form"]

    response = _queue(
        desk,
        _kept(refused)
        | {"offer": form["offer"].value(), "reason": "Change 4711", "action": "restore"},
    )

    assert form["offer"].value() in refused.content.decode()
    assert response.status_code == 302
    assert RestoreRun.objects.count() == 1


def test_acknowledgements_of_replaced_evidence_are_forgotten(confirm, captured):
    def rerun():
        CapturedEvidence.objects.filter(kind=EvidenceKind.CHECKS).update(warnings=0)
        checks = captured(
            EvidenceKind.CHECKS,
            warnings=1,
            started_at="2026-11-20T10:00:00Z",
            completed_at="2026-11-20T10:01:00Z",
        )
        FindingFactory(evidence=checks, title="Another thing entirely")

    response = confirm(meanwhile=rerun)

    assert response.status_code == 409
    assert response.context["refusals"] == [
        "Newer checks or a newer preview were captured after you confirmed. Read them first."
    ]
    assert _kept(response) == {
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [],
    }
    assert RestoreRun.objects.count() == 0


def test_an_offer_is_refused_once_the_scope_moved(confirm, draft):
    def move():
        draft.assignment_mode = AssignmentMode.LEAVE
        draft.save()

    response = confirm(meanwhile=move)

    assert response.status_code == 409
    assert response.context["refusals"] == [
        "The scope changed after you confirmed it. Look at what changed and confirm again."
    ]
    assert 'value="restore"' not in response.content.decode()


def test_what_was_typed_waits_until_the_scope_that_moved_is_proven(confirm, desk, draft):
    def choose(*, assignments):
        draft.assignment_mode = "replace" if assignments else "leave"
        draft.save()

    confirm(meanwhile=lambda: choose(assignments=False))
    not_proven = desk.get("confirm")
    choose(assignments=True)
    proven = desk.get("confirm")
    later = desk.get("confirm")

    assert not_proven.context["is_taken_up"] is False
    assert [_kept(page)["reason"] for page in (proven, later)] == ["Change 4711", None]
    assert proven.context["is_taken_up"] is True


@pytest.mark.parametrize("offer", ["", "nonsense"])
def test_an_offer_nobody_signed_is_refused(confirm, offer):
    response = confirm(offer=offer)

    assert response.status_code == 409
    assert response.context["refusals"] == [
        "This confirmation does not belong to you and this draft. Open the confirm step again."
    ]


def test_a_closed_write_gate_keeps_the_restore_and_lets_the_dry_run(desk, proven):
    desk.draft.tenant.writes_enabled = False
    desk.draft.tenant.save()

    page = desk.get("confirm")

    assert page.context["section"].refusals == (
        "Writes to this tenant are switched off. A manager can switch them on.",
    )
    assert page.context["section"].may_rehearse
    assert 'value="restore"' not in page.content.decode()
    assert 'value="dry-run"' in page.content.decode()
