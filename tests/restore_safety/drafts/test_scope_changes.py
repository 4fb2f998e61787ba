import pytest
from django.utils import timezone

from restore_safety.drafts import service as drafts
from restore_safety.drafts.scope_changes import ledger_entries, named_changes
from restore_safety.models import DraftChange
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.scope import ScopeChange, ScopeField, ScopeMode, changes_between
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import DraftFactory

KIOSKS = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
PILOT = "0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11"
FOREIGN = "a3c9a4f2-93a4-4a5c-bb0e-2b5a4f6f9d01"


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup")
    for name in ("Firewall", "BitLocker", "Edge"):
        BackupItemFactory(backup_set=backup_set, name=name)
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


def test_what_came_and_went_is_named(draft):
    before = draft.to_truth()
    draft.mode = ScopeMode.SELECTED
    draft.save()
    draft.selected_items.set(draft.backup_set.items.filter(name="Edge"))

    changes = named_changes(tenant=draft.tenant, changes=changes_between(before, draft.to_truth()))

    assert [(one.field, one.before, one.after, one.sentences) for one in changes] == [
        (ScopeField.MODE, "All items", "Selected items", ()),
        (
            ScopeField.ITEMS,
            "3 items",
            "1 item (0 added, 2 removed)",
            ("Went out: BitLocker, Firewall.",),
        ),
    ]


def test_many_names_are_counted_and_unknown_ones_stay_ids(tenant):
    ids = tuple(f"gone-{number:02}" for number in range(12))
    change = ScopeChange(
        field=ScopeField.ITEMS, before={"count": 0}, after={"count": 12}, added=ids
    )

    (named,) = named_changes(tenant=tenant, changes=[change])

    assert named.sentences == (f"Came in: {', '.join(ids[:10])} and 2 more.",)


def test_mapped_groups_are_named_as_far_as_a_backup_of_the_tenant_knows_them(draft, other_tenant):
    BackupItemFactory(backup_set=draft.backup_set, group_names={KIOSKS: "Field kiosks"})
    BackupItemFactory(backup_set=draft.backup_set, group_names={PILOT: "Pilot ring"})
    BackupItemFactory(
        backup_set=BackupSetFactory(tenant=other_tenant), group_names={FOREIGN: "Not yours"}
    )
    before = draft.to_truth()
    draft.mapping = {"group": {KIOSKS: PILOT, PILOT: FOREIGN}}

    (named,) = named_changes(tenant=draft.tenant, changes=changes_between(before, draft.to_truth()))

    assert named.sentences == (
        f"Mapped: Group Field kiosks → Pilot ring, Group Pilot ring → {FOREIGN}.",
    )


def test_the_ledger_names_the_groups_it_speaks_of(draft):
    BackupItemFactory(
        backup_set=draft.backup_set, group_names={KIOSKS: "Field kiosks", PILOT: "Pilot ring"}
    )
    row = DraftChange(
        field=ScopeField.MAPPING,
        cause=ChangeCause.MAPPING_CHANGED,
        before={"entries": [], "count": 0},
        after={"entries": [["group", KIOSKS, PILOT]], "count": 1},
    )
    older = DraftChange(
        field="group_mapping",
        cause=ChangeCause.MAPPING_CHANGED,
        before={"text": "no group mapped"},
        after={"text": f"{KIOSKS} → {PILOT}"},
    )

    entry, before = ledger_entries(tenant=draft.tenant, rows=[row, older])

    assert entry.change.moved == "Group Field kiosks → Pilot ring (before: nothing mapped)"
    assert before.change.moved == f"{KIOSKS} → {PILOT} (before: no group mapped)"


def test_backup_sets_are_named_in_the_ledger_and_foreign_ones_are_not(draft, other_tenant):
    other = BackupSetFactory(tenant=draft.tenant, label="Weekly backup")
    foreign = BackupSetFactory(tenant=other_tenant, label="Not yours")
    rows = drafts.change_scope(
        actor=draft.owner,
        draft=draft,
        choices=drafts.ScopeChoices(backup_set=other),
        now=timezone.now(),
    )
    change = ScopeChange(field=ScopeField.BACKUP_SET, before=str(foreign.pk), after=str(other.pk))

    ledger = ledger_entries(tenant=draft.tenant, rows=rows)
    (named,) = named_changes(tenant=draft.tenant, changes=[change])

    assert (ledger[0].change.before, ledger[0].change.after) == (
        "“Nightly backup”",
        "“Weekly backup”",
    )
    assert (named.before, named.after) == (str(foreign.pk), "“Weekly backup”")
