"""Undo of a restore: whether there is something to take back, and the set that an undo starts from.

An undo is an ordinary restore of the state before: what was overwritten is put back, what was
created is deleted. Its draft says which restore it undoes; nothing else ever deletes a policy.
"""

import json
from collections.abc import Iterator
from datetime import datetime

from restore_safety.models import (
    BackupItem,
    BackupSet,
    BackupSource,
    RestoreItem,
    RestoreRun,
    target_of,
)
from restore_safety.policies.completeness import Completeness
from restore_safety.policies.undone import (
    PolicyKey,
    UndoAct,
    act_of,
    carried_out,
    is_undoable,
    journal_of,
    kept_before,
    key_of,
    taken_back,
)
from tenants.canonical_json import digest_of
from tenants.graph.contracts import contract, name_of
from tenants.models import ProviderConnection, User

_ROWS_AT_ONCE = 200


def obstacle_to_undo(run: RestoreRun) -> str:
    """Why the restore cannot be undone, as a sentence; "" when an undo can be prepared."""
    if run.is_dry_run:
        return "A dry run wrote nothing, so there is nothing to undo."
    if not target_of(run.tenant).is_target_of(run.preview.scope):
        return "The tenant's connection points to another directory than the restore wrote to."
    if not carried_out(run).exists():
        return "It is not on record that it changed or created a policy: there is nothing to undo."
    return "" if still_there(run) else "It is undone already: nothing that it wrote is left."


def still_there(run: RestoreRun) -> frozenset[PolicyKey]:
    """The policies that the run wrote, and that no undo of it took back."""
    written = carried_out(run).values_list("contract_key", "target_object_id")
    return frozenset(key_of(*row) for row in written) - taken_back(run).keys()


def undo_set_of(*, run: RestoreRun, actor: User, now: datetime) -> BackupSet:
    """The state before the restore: what it overwrote, and what it created, which was not there.

    What an undo took back already is not part of it. The set is kept once, however often the undo
    is prepared.
    """
    rows = sorted(_rows(run), key=_place_of)
    label = f"State before {run}"
    digest = digest_of(sorted(row.digest for row in rows))
    kept = BackupSet.objects.in_tenant(run.tenant).filter(source=BackupSource.UNDO, label=label)
    if same := kept.filter(digest=digest).first():
        return same
    connection = ProviderConnection.objects.in_tenant(run.tenant).get()
    backup_set = BackupSet.objects.create(
        tenant=run.tenant,
        label=label,
        source=BackupSource.UNDO,
        origin_directory_id=connection.directory_id,
        captured_at=run.created_at,
        created_by=actor,
        digest=digest,
        item_count=len(rows),
    )
    for position, row in enumerate(rows, 1):
        row.backup_set, row.position = backup_set, position
    BackupItem.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE)
    return backup_set


def _rows(run: RestoreRun) -> Iterator[BackupItem]:
    """An item per policy that can be taken back, not saved yet."""
    kept = kept_before(run)
    before = _kept_rows(run)
    left = still_there(run)
    for item in journal_of(run):
        act = act_of(item)
        key = key_of(item.contract_key, item.target_object_id)
        if key not in left or not is_undoable(item, act, kept):
            continue
        if act is UndoAct.DELETE:
            yield _created(item)
        else:
            yield _as_it_was(before[key])


def _kept_rows(run: RestoreRun) -> dict[tuple[str, str], BackupItem]:
    if run.pre_restore_set is None:
        return {}
    return {key_of(row.contract_key, row.object_id): row for row in run.pre_restore_set.items.all()}


def _as_it_was(kept: BackupItem) -> BackupItem:
    """The policy as it was kept before the restore; the content is shared."""
    return BackupItem(
        tenant_id=kept.tenant_id,
        contract_key=kept.contract_key,
        object_id=kept.object_id,
        name=kept.name,
        odata_type=kept.odata_type,
        payload_id=kept.payload_id,
        assignments=kept.assignments,
        group_names=kept.group_names,
        completeness=kept.completeness,
        digest=kept.digest,
    )


def _created(item: RestoreItem) -> BackupItem:
    """What the restore created, by the id it got; its content is what the restore started from."""
    source = item.backup_item
    return BackupItem(
        tenant_id=item.tenant_id,
        contract_key=item.contract_key,
        object_id=item.target_object_id,
        name=_name_of_created(item),
        odata_type=source.odata_type,
        payload_id=source.payload_id,
        assignments=source.assignments,
        group_names=source.group_names,
        completeness=Completeness().to_json(),
        digest=digest_of(
            {
                "contract": item.contract_key,
                "created": item.target_object_id,
                "payload": source.payload.digest,
                "left": item.left_digest,
            }
        ),
        is_created=True,
    )


def _name_of_created(item: RestoreItem) -> str:
    """A copy was given a name of its own."""
    creating = [write["body"] for write in item.plan_item.writes if write["binds"]]
    if not creating:
        return item.name
    return name_of(contract(item.contract_key), json.loads(creating[0])) or item.name


def _place_of(row: BackupItem) -> tuple[int, str, str]:
    """Dependencies first, then by name: the order a restore goes through."""
    return contract(row.contract_key).rank, row.name.casefold(), row.object_id
