from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.drafts import service as drafts
from restore_safety.models import RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy, ScopeMode
from restore_safety.wizard.pages.frame import draft_page, next_step_url
from tenants.models import Verification
from tests.factories import ProviderConnectionFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import DraftFactory, EvidenceFactory


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup", item_count=2)
    BackupItemFactory.create_batch(2, backup_set=backup_set)
    ProviderConnectionFactory(
        tenant=tenant, verification=Verification.VERIFIED, last_verified_at=timezone.now()
    )
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


def _page(draft, step="backup"):
    draft = RestoreDraft.objects.select_related("tenant", "backup_set").get(pk=draft.pk)
    return draft_page(draft=draft, actor=draft.owner, step=step, now=timezone.now())


def _stepper(page):
    return [(step.name, step.state, bool(step.url), step.integrity) for step in page.steps]


def test_a_new_draft_can_only_choose_its_backup(draft):
    draft.backup_set = None
    draft.save()

    page = _page(draft)

    assert _stepper(page) == [
        ("backup", "current", True, None),
        ("scope", "upcoming", False, None),
        ("checks", "upcoming", False, IntegrityState.NOT_RUN),
        ("preview", "upcoming", False, IntegrityState.NOT_RUN),
        ("confirm", "upcoming", False, None),
    ]
    assert (page.next.step, page.next.label) == ("backup", "Choose a backup set")
    assert page.next_is_here
    assert page.scope_summary == "No backup set is chosen yet."


def test_nothing_selected_leaves_the_later_steps_out_of_reach(draft):
    draft.mode = ScopeMode.SELECTED
    draft.save()

    page = _page(draft, "scope")

    assert [step.name for step in page.steps if step.url] == ["backup", "scope"]
    assert (page.next.step, page.scope_summary) == (
        "scope",
        "0 policies, selected from “Nightly backup”, with assignments.",
    )


def test_a_step_is_done_only_once_its_evidence_speaks(draft):
    EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, plan_hash="")

    page = _page(draft, "confirm")

    assert _stepper(page) == [
        ("backup", "done", True, None),
        ("scope", "done", True, None),
        ("checks", "done", True, IntegrityState.CURRENT),
        ("preview", "upcoming", True, IntegrityState.NOT_RUN),
        ("confirm", "current", True, None),
    ]
    assert not page.next_is_here
    assert not page.shows_assessment_beside


@pytest.mark.parametrize(
    ("checks", "preview", "step"),
    [
        (None, None, "checks"),
        (CaptureState.CAPTURING, None, "checks"),
        (CaptureState.FAILED, None, "checks"),
        (CaptureState.COMPLETE, None, "preview"),
        (CaptureState.COMPLETE, CaptureState.CAPTURING, "preview"),
        (CaptureState.COMPLETE, CaptureState.COMPLETE, "confirm"),
    ],
)
def test_the_next_step_follows_the_evidence(draft, checks, preview, step):
    for kind, state in ((EvidenceKind.CHECKS, checks), (EvidenceKind.PREVIEW, preview)):
        if state is not None:
            EvidenceFactory(draft=draft, kind=kind, state=state)

    url = next_step_url(draft=draft, actor=draft.owner, now=timezone.now())

    assert url == f"/restores/drafts/{draft.pk}/{step}/"


def test_the_summary_says_what_comes_along(draft):
    draft.assignment_mode = AssignmentMode.LEAVE
    draft.include_foundations = False
    draft.save()

    assert _page(draft).scope_summary == (
        "2 policies, all of “Nightly backup”, without assignments and without foundations."
    )


def test_the_summary_says_which_groups_stand_in(draft):
    kiosks, pilot, unknown = (f"6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2{end}" for end in "abc")
    BackupItemFactory(
        backup_set=draft.backup_set, group_names={kiosks: "Field kiosks", pilot: "Pilot ring"}
    )
    draft.mapping = {"group": {kiosks: pilot, unknown: unknown, pilot: unknown}}
    draft.save()

    page = _page(draft)

    assert page.scope_summary.endswith("with assignments, 2 references mapped.")
    assert [(one.source, one.target) for one in page.mapping] == [
        ("Field kiosks", "Pilot ring"),
        ("Pilot ring", unknown),
    ]


def test_the_ledger_is_newest_first_and_folds_what_is_old(draft):
    start = timezone.now()
    for minute in range(25):
        policy = (ConflictPolicy.SKIP, ConflictPolicy.COPY)[minute % 2]
        drafts.change_scope(
            actor=draft.owner,
            draft=draft,
            choices=drafts.ScopeChoices(conflict_policy=policy),
            now=start + timedelta(minutes=minute),
        )

    page = _page(draft)

    assert (len(page.ledger_in_sight), len(page.ledger_folded)) == (3, 17)
    newest = page.ledger[0]
    assert (newest.change.before, newest.change.after) == ("Create copy", "Skip existing")
    assert (newest.actor, newest.at) == ("operator", start + timedelta(minutes=24))
