"""A change that costs evidence, or that was made from an older page, is asked about first."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages

from restore_safety.models import CapturedEvidence, DraftChange
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import ConflictPolicy, ScopeField, ScopeMode
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import NOW
from tests.restore_safety.wizard.rows import rows

ASKED = "restore_safety/wizard/ask.html"
SKIP = {"scope-conflict_policy": "skip"}


def _is_asked(response):
    return response.status_code == 200 and ASKED in [one.name for one in response.templates]


def _said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def _moved(asked):
    return [(one.field, one.before, one.after) for one in asked.context["asked"].changes]


def _at_stake(evidence):
    return [(one.label, one.by, one.found) for one in evidence]


def test_a_change_that_costs_evidence_is_not_saved_before_it_is_agreed_to(desk, proven):
    before = desk.seen

    asked = desk.post("scope", **SKIP)

    assert _is_asked(asked)
    assert (desk.seen, DraftChange.objects.count()) == (before, 0)
    assert asked.context["asked"].title == "Saving this sets the checks and the preview aside"
    assert _moved(asked) == [
        (ScopeField.CONFLICT_POLICY, "Update existing", "Skip existing"),
    ]
    assert _at_stake(asked.context["asked"].set_aside) == [
        ("Checks", "operator", "0 blockers, 0 unknown, 1 warning"),
        ("Preview", "operator", "1 request that writes, 0 left out"),
    ]
    page = asked.content.decode()
    assert "Save the change anyway" in page
    assert f'href="{desk.address("scope")}">Keep the scope as it is</a>' in page
    assert all(
        f'href="/restores/drafts/{desk.draft.pk}/evidence/{one.pk}/"' in page for one in proven
    )


def test_agreeing_saves_exactly_what_was_asked_about(desk, proven):
    response = desk.agree(desk.post("scope", **SKIP))

    desk.draft.refresh_from_db()
    assert response["Location"] == desk.address("checks")
    assert desk.draft.conflict_policy == ConflictPolicy.SKIP
    assert DraftChange.objects.get().actor == desk.draft.owner
    (said,) = _said(response)
    assert said == (
        "Existing policies: Update existing → Skip existing. "
        "The checks and preview no longer speak for this scope."
    )


def test_keeping_the_scope_leaves_everything_as_it_was(desk, proven):
    desk.post("scope", **SKIP)

    page = desk.get("scope")

    desk.draft.refresh_from_db()
    assert desk.draft.conflict_policy == ConflictPolicy.UPDATE
    assert page.context["page"].assessment.checks.is_current


def test_everything_that_was_chosen_comes_along(desk, backup_set, captured):
    BackupItemFactory.create_batch(60, backup_set=backup_set)
    captured(EvidenceKind.CHECKS)

    asked = desk.post(
        "scope", **SKIP | {"scope-mode": "selected", "action": "select-matching", "listed_q": "3"}
    )
    response = desk.agree(asked)

    desk.draft.refresh_from_db()
    matching = set(backup_set.items.filter(name__contains="3").values_list("pk", flat=True))
    assert {str(pk) for pk in matching} == desk.selected
    assert (desk.draft.mode, desk.draft.conflict_policy) == (
        ScopeMode.SELECTED,
        ConflictPolicy.SKIP,
    )
    assert response["Location"] == f"{desk.address('scope')}?q=3"


def test_a_large_selection_is_asked_about_without_the_session(desk, backup_set, captured):
    BackupItemFactory.create_batch(997, backup_set=backup_set)
    captured(EvidenceKind.CHECKS)

    asked = desk.post("scope", **SKIP | {"scope-mode": "selected", "action": "select-matching"})

    assert _is_asked(asked)
    assert len(str(dict(desk.browser.session))) < 1_000
    assert desk.selected == set()


def test_what_changes_nothing_is_saved_at_once(desk, proven):
    response = desk.post("scope")

    assert response["Location"] == desk.address("checks")
    assert DraftChange.objects.count() == 0


def test_without_evidence_nothing_is_asked(desk):
    response = desk.post("scope", **SKIP)

    assert response["Location"] == desk.address("checks")
    assert DraftChange.objects.count() == 1


def test_evidence_of_another_scope_is_not_at_stake(desk, proven):
    desk.agree(desk.post("scope", **SKIP))

    response = desk.post("scope", **SKIP | {"scope-include_foundations": ""})

    assert response.status_code == 302
    assert DraftChange.objects.count() == 2


def test_a_capture_under_way_is_at_stake_too(desk, under_way):
    asked = desk.post("scope", **SKIP)

    assert _at_stake(asked.context["asked"].set_aside) == [
        ("Checks", "operator", "still being captured")
    ]


def test_going_back_to_what_was_captured_says_so_and_is_saved_at_once(desk, proven):
    desk.agree(desk.post("scope", **SKIP))

    response = desk.post("scope")

    assert response["Location"] == desk.address("checks")
    assert _said(response)[-1] == (
        "Existing policies: Skip existing → Update existing. "
        "The earlier checks and preview speak for this scope again."
    )


def test_going_back_over_newer_evidence_says_what_would_speak_again(desk, proven, captured):
    desk.agree(desk.post("scope", **SKIP))
    captured(EvidenceKind.CHECKS)

    asked = desk.post("scope")

    assert [one.label for one in asked.context["asked"].set_aside] == ["Checks"]
    assert [one.captured for one in asked.context["asked"].returning] == list(proven)
    assert "What would speak for the scope again" in asked.content.decode()


def test_an_agreement_holds_for_that_change_alone(desk, proven):
    asked = desk.post("scope", **SKIP)
    agreed = asked.context["asked"].effect.agreement

    response = desk.post("scope", **SKIP | {"scope-assignment_mode": "leave", "agreed": agreed})

    assert _is_asked(response)
    assert response.context["asked"].effect.agreement != agreed
    assert DraftChange.objects.count() == 0


def test_an_agreement_does_not_outlive_a_change_in_another_tab(desk, proven):
    asked = desk.post("scope", **SKIP)
    desk.agree(desk.post("scope", **{"scope-assignment_mode": "leave"}))

    again = desk.agree(asked)

    desk.draft.refresh_from_db()
    assert _is_asked(again)
    assert again.context["asked"].title == "The scope was changed since you opened it"
    assert [(one.change.field, one.actor) for one in again.context["asked"].meanwhile] == [
        (ScopeField.ASSIGNMENT_MODE, "operator")
    ]
    assert (desk.draft.include_assignments, desk.draft.conflict_policy) == (
        False,
        ConflictPolicy.UPDATE,
    )


def test_an_agreement_does_not_cover_evidence_captured_since(desk, captured):
    captured(EvidenceKind.CHECKS)
    asked = desk.post("scope", **SKIP)
    captured(EvidenceKind.PREVIEW)

    again = desk.agree(asked)

    assert _is_asked(again)
    assert [one.label for one in again.context["asked"].set_aside] == ["Checks", "Preview"]
    assert DraftChange.objects.count() == 0


def test_a_capture_that_finished_meanwhile_is_the_one_that_was_agreed_on(desk, under_way):
    asked = desk.post("scope", **SKIP)
    CapturedEvidence.objects.filter(pk=under_way.pk).update(
        state=CaptureState.COMPLETE, completed_at=NOW + timedelta(minutes=1)
    )

    response = desk.agree(asked)

    assert response.status_code == 302
    assert DraftChange.objects.count() == 1


@pytest.mark.parametrize("agreed", ["", "yes", "0" * 64, "a\x00b"])
def test_an_agreement_nobody_gave_saves_nothing(desk, proven, agreed):
    response = desk.post("scope", **SKIP | {"agreed": agreed})

    assert _is_asked(response)
    assert DraftChange.objects.count() == 0


def test_another_backup_set_is_asked_about_with_the_selection_it_clears(desk, proven):
    other = BackupSetFactory(tenant=desk.draft.tenant, label="Weekly backup")
    desk.draft.selected_items.set(desk.items[:2])

    asked = desk.post("backup", **{"backup-backup_set": str(other.pk)})
    kept = desk.selected
    response = desk.agree(asked)

    desk.draft.refresh_from_db()
    assert _moved(asked)[0] == (ScopeField.BACKUP_SET, "“Nightly backup”", "“Weekly backup”")
    assert asked.context["asked"].cleared_sentence == (
        "Your selection of 2 policies belongs to the backup set you leave and is cleared."
    )
    assert len(kept) == 2
    assert (desk.draft.backup_set, desk.selected) == (other, set())
    assert response["Location"] == desk.address("scope")


def test_the_same_backup_set_again_is_nothing_to_ask(desk, backup_set, proven):
    response = desk.post("backup", **{"backup-backup_set": str(backup_set.pk)})

    assert response["Location"] == desk.address("scope")


def test_every_page_that_is_posted_says_what_it_was_drawn_for(desk):
    for step in ("backup", "scope"):
        page = desk.page(step)
        form = page[page.index('id="step-form"') :]

        assert re.findall(r'name="seen" value="([^"]+)"', form) == [desk.seen]


def test_a_page_that_comes_back_wrong_still_says_what_was_seen_first(desk):
    item = desk.items[0]
    group = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    item.assignments = [{"target": target}]
    item.save()

    response = desk.post("scope", **rows(("group", group, "kiosks")), seen="rs1:then")

    assert response.context["seen"] == "rs1:then"


def test_the_reader_is_told_what_moved_by_whom_and_what_it_set_aside(desk, proven):
    desk.agree(desk.post("scope", **SKIP))

    page = desk.get("checks")

    (entry,) = page.context["page"].ledger
    (change,) = page.context["section"].changes
    assert [(one.label, one.url) for one in entry.set_aside] == [
        (label, f"/restores/drafts/{desk.draft.pk}/evidence/{one.pk}/")
        for label, one in zip(("Checks", "Preview"), proven, strict=True)
    ]
    assert (change.actor, change.at) == ("operator", DraftChange.objects.get().at)


def test_what_moved_outside_the_draft_names_nobody(desk, proven, connection):
    connection.delete()

    (change,) = desk.get("checks").context["section"].changes

    assert (change.field, change.actor, change.at) == (ScopeField.TARGET, "", None)
    assert change.after == "Contoso, not connected"
    assert change.before.startswith("Contoso in ")


def test_a_capture_for_the_scope_before_does_not_keep_the_new_one_waiting(desk, under_way):
    OperationRunFactory(tenant=desk.draft.tenant)
    desk.agree(desk.post("scope", **SKIP))

    page = desk.get("checks")

    assert not page.context["section"].is_capturing
    assert "it will not speak for this one" in page.content.decode()
    assert page.context["page"].next.label == "Run the checks"
    assert under_way.fingerprint != fingerprint_of(page.context["page"].status.scope)
