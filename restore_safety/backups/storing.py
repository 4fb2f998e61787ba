"""Write a backup set once: content addressed, digested, in one transaction."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction

from operations.models import OperationRun
from restore_safety.backups.spool import Spool, SpoolEntry
from restore_safety.models import BackupItem, BackupSet, BackupSource, PolicyPayload
from restore_safety.policies.completeness import Completeness
from tenants.audit import trail
from tenants.canonical_json import canonical, digest_of, digest_of_bytes, exact
from tenants.graph.contracts import contract
from tenants.graph.payloads import Json
from tenants.models import Tenant, User

_ROWS_AT_ONCE = 100
# So many bytes of content stand in memory while they are written.
_BYTES_AT_ONCE = 1024 * 1024
_LONGEST_NAME = 500
_LONGEST_LABEL = 200
_LONGEST_ID = 100
_LONGEST_TYPE = 200
_INEXACT = "it holds text or numbers that cannot be kept exactly"
# As JSON writes it; an even number of backslashes before it makes it ordinary text.
_ZERO_CHARACTER = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class UnstorableContentError(ValueError):
    """A policy cannot be kept as it is; the message says why, as a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFacts:
    """What is on record of a backup set, whatever is in it."""

    tenant: Tenant
    label: str
    captured_at: datetime
    created_by: User | None
    operation_run: OperationRun | None = None
    # Ids of restores that were under way while it was read, as `meanwhile` names them.
    restores_meanwhile: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """One policy as it was read, before it is kept."""

    contract_key: str
    object_id: str
    name: str
    odata_type: str
    payload: Json
    assignments: list[Json] | None
    group_names: Mapping[str, str] = field(default_factory=dict)
    completeness: Completeness


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedItem:
    """A policy ready to be written; what is large about it lies in the spool."""

    contract_key: str
    object_id: str
    name: str
    payload_digest: str
    digest: str
    _spool: Spool
    _place: SpoolEntry

    @property
    def record(self) -> PolicyRecord:
        """The policy without its payload, which its digest stands for."""
        kept = json.loads(self._spool.read(self._place))
        return PolicyRecord(
            contract_key=self.contract_key,
            object_id=self.object_id,
            name=self.name,
            payload={},
            odata_type=kept["odata_type"],
            assignments=kept["assignments"],
            group_names=kept["group_names"],
            completeness=Completeness.from_json(kept["completeness"]),
        )


@dataclass(slots=True)
class PreparedSet:
    """Policies made ready one by one, so that thousands never stand in memory in full."""

    items: list[PreparedItem] = field(default_factory=list)
    _spool: Spool = field(default_factory=Spool)
    _bodies: dict[str, SpoolEntry] = field(default_factory=dict)

    def add(self, record: PolicyRecord) -> PreparedItem:
        """Take a policy in; UnstorableContentError when it cannot be kept as it is."""
        _refuse_overlong(record)
        try:
            body = canonical(record.payload)
            _refuse_zero_characters(record, body)
            payload_digest = digest_of_bytes(body)
            digest = _digest_of_item(record, payload_digest)
            if payload_digest not in self._bodies:
                self._bodies[payload_digest] = self._spool.add(_exactly(record.payload, body))
        except UnstorableContentError:
            raise
        except (ValueError, TypeError):
            raise UnstorableContentError(_INEXACT) from None
        item = PreparedItem(
            contract_key=record.contract_key,
            object_id=record.object_id,
            name=record.name,
            payload_digest=payload_digest,
            digest=digest,
            _spool=self._spool,
            _place=self._spool.add(_beside_payload(record)),
        )
        self.items.append(item)
        return item

    def keep_only(self, items: Sequence[PreparedItem]) -> None:
        """Let go of every other policy, and of the content only those had."""
        self.items = list(items)
        held = {item.payload_digest for item in items}
        self._bodies = {key: place for key, place in self._bodies.items() if key in held}

    @property
    def digest(self) -> str:
        """The digest of the set: the same whatever order the policies came in."""
        return digest_of(sorted(item.digest for item in self.items))

    @property
    def payload_digests(self) -> list[str]:
        # Sorted, so that two imports at once take the rows in one order and never deadlock.
        return sorted(self._bodies)

    def batches(self) -> Iterator[tuple[str, ...]]:
        """The digests of all contents, as many at once as may stand in memory together."""
        batch: list[str] = []
        size = 0
        for digest in self.payload_digests:
            size += self._bodies[digest].size
            batch.append(digest)
            if len(batch) >= _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
                yield tuple(batch)
                batch, size = [], 0
        if batch:
            yield tuple(batch)

    def body_of(self, payload_digest: str) -> str:
        return self._spool.read(self._bodies[payload_digest]).decode()


def content_digest(policy: Json) -> str:
    """The digest of what a policy holds; UnstorableContentError when it cannot be kept as it is."""
    try:
        return digest_of(policy)
    except (ValueError, TypeError):
        raise UnstorableContentError(_INEXACT) from None


def store_set(
    facts: SetFacts,
    *,
    source: BackupSource,
    origin_directory_id: UUID | None,
    policies: Iterable[PolicyRecord] | PreparedSet,
    unreadable: Sequence[Mapping[str, Any]] = (),
) -> BackupSet:
    """Keep the policies as a set that never changes; content already known is not kept twice."""
    prepared = policies if isinstance(policies, PreparedSet) else _prepare(policies)
    with transaction.atomic():
        backup_set = BackupSet.objects.create(
            tenant=facts.tenant,
            label=facts.label[:_LONGEST_LABEL],
            source=source,
            origin_directory_id=origin_directory_id,
            captured_at=facts.captured_at,
            created_by=facts.created_by,
            operation_run=facts.operation_run,
            digest=prepared.digest,
            item_count=len(prepared.items),
            unreadable=[dict(entry) for entry in unreadable],
            restores_meanwhile=list(facts.restores_meanwhile),
        )
        payloads = _keep_payloads(facts.tenant, prepared)
        for rows in batched(_rows_of(backup_set, prepared, payloads), _ROWS_AT_ONCE, strict=False):
            BackupItem.objects.bulk_create(rows)
    return backup_set


def put_on_record(backup_set: BackupSet, *, action: str) -> None:
    """Record in the audit trail how the set was made, and who made it."""
    detail: dict[str, Any] = {"items": backup_set.item_count, "digest": backup_set.digest}
    if backup_set.created_by is None:
        detail["by"] = "command line"
    trail.record(
        action=action,
        actor=backup_set.created_by,
        tenant=backup_set.tenant,
        subject=f"backup_set:{backup_set.pk}",
        detail=detail,
    )


def _refuse_overlong(record: PolicyRecord) -> None:
    if len(record.object_id) > _LONGEST_ID:
        raise UnstorableContentError(f"its id is longer than {_LONGEST_ID} characters")
    if len(record.odata_type) > _LONGEST_TYPE:
        raise UnstorableContentError(f"its @odata.type is longer than {_LONGEST_TYPE} characters")


def _refuse_zero_characters(record: PolicyRecord, body: bytes) -> None:
    """PostgreSQL keeps no zero character, in text or in JSON, and no policy needs one."""
    beside: list[Any] = [record.object_id, record.name, record.odata_type]
    beside += [record.assignments, dict(record.group_names), record.completeness.to_json()]
    if any(_ZERO_CHARACTER.search(written) for written in (body, canonical(beside))):
        raise UnstorableContentError("it holds a zero character, which cannot be kept")


def _prepare(policies: Iterable[PolicyRecord]) -> PreparedSet:
    prepared = PreparedSet()
    for record in policies:
        prepared.add(record)
    return prepared


def _keep_payloads(tenant: Tenant, prepared: PreparedSet) -> dict[str, int]:
    """The row of each content, by digest; rows are held until the items that need them exist."""
    kept: dict[str, int] = {}
    for digests in prepared.batches():
        missing = set(digests)
        # A second round only when the last set with the same content is deleted meanwhile.
        while missing:
            known = set(
                PolicyPayload.objects.in_tenant(tenant)
                .filter(digest__in=missing)
                .values_list("digest", flat=True)
            )
            PolicyPayload.objects.bulk_create(
                [
                    PolicyPayload(tenant=tenant, digest=digest, body=prepared.body_of(digest))
                    for digest in sorted(missing - known)
                ],
                ignore_conflicts=True,
            )
            held = (
                PolicyPayload.objects.in_tenant(tenant)
                .filter(digest__in=missing)
                .order_by("digest")
                .select_for_update(no_key=True)
                .values_list("digest", "pk")
            )
            # Under the text there is already: another of each would stay beside it.
            ours = {digest: digest for digest in missing}
            kept.update((ours[digest], pk) for digest, pk in held)
            missing -= kept.keys()
    return kept


def _rows_of(
    backup_set: BackupSet, prepared: PreparedSet, payloads: Mapping[str, int]
) -> Iterator[BackupItem]:
    for position, item in enumerate(sorted(prepared.items, key=_place_of), 1):
        record = item.record
        yield BackupItem(
            tenant_id=backup_set.tenant_id,
            backup_set=backup_set,
            position=position,
            contract_key=record.contract_key,
            object_id=record.object_id,
            name=record.name[:_LONGEST_NAME],
            odata_type=record.odata_type,
            payload_id=payloads[item.payload_digest],
            assignments=record.assignments,
            group_names=dict(record.group_names),
            completeness=record.completeness.to_json(),
            digest=item.digest,
        )


def _place_of(item: PreparedItem) -> tuple[int, str, str, str]:
    """Dependencies first, then by name: the order a restore goes through."""
    return contract(item.contract_key).rank, item.name.casefold(), item.object_id, item.digest


def _beside_payload(record: PolicyRecord) -> bytes:
    return json.dumps(
        {
            "odata_type": record.odata_type,
            "assignments": record.assignments,
            "group_names": dict(record.group_names),
            "completeness": record.completeness.to_json(),
        }
    ).encode()


def _exactly(payload: Json, body: bytes) -> bytes:
    """The bytes to keep: canonical ones, unless they would read back as something else."""
    if json.loads(body) == payload:
        return body
    # RFC 8785 has no form for integers beyond 2^53: what is kept has to be the number itself.
    return exact(payload).encode()


def readable_in(backup_set: BackupSet) -> frozenset[tuple[str, str]]:
    """Return the type and id of each item of which the rows still add up to its digest."""
    items = backup_set.items.select_related("payload").iterator(chunk_size=_ROWS_AT_ONCE)
    with closing(items):  # type: ignore[type-var]  # Django answers with a generator
        return frozenset((one.contract_key, one.object_id) for one in items if _is_intact(one))


def _is_intact(item: BackupItem) -> bool:
    try:
        payload_digest = digest_of_bytes(canonical(item.payload.content))
    except (ValueError, TypeError):
        return False
    facts = _digest_of_facts(
        contract_key=item.contract_key,
        object_id=item.object_id,
        name=item.name,
        payload_digest=payload_digest,
        assignments=item.assignments,
        completeness=item.completeness,
    )
    return (payload_digest, facts) == (item.payload.digest, item.digest)


def _digest_of_item(record: PolicyRecord, payload_digest: str) -> str:
    return _digest_of_facts(
        contract_key=record.contract_key,
        object_id=record.object_id,
        name=record.name,
        payload_digest=payload_digest,
        assignments=record.assignments,
        completeness=record.completeness.to_json(),
    )


def _digest_of_facts(  # noqa: PLR0913 -- what a restore could use of an item
    *,
    contract_key: str,
    object_id: str,
    name: str,
    payload_digest: str,
    assignments: list[Json] | None,
    completeness: Json,
) -> str:
    """Identity and everything a restore could use of it."""
    return digest_of(
        {
            "contract": contract_key,
            "object": object_id,
            "name": name,
            "payload": payload_digest,
            "assignments": assignments,
            "completeness": completeness,
        }
    )
