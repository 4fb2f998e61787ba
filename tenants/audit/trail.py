"""Write audit events at the end of their chain, with where the request came from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.utils import timezone

from tenants.models import AuditChain, AuditEvent, AuditOutcome, Tenant, User, Workspace
from tenants.models.audit import (
    ACTION_LENGTH,
    ADDRESS_LENGTH,
    NAME_LENGTH,
    REQUEST_ID_LENGTH,
    SUBJECT_LENGTH,
)
from tenants.models.audit_hash import hash_of, kept_text, kept_value
from tenants.web.request_origin import request_origin


class ChainMovedError(Exception):
    """The head is not where the lock on it found it: something else writes the trail."""


# What the block in progress has recorded and not yet written; None outside of one.
_held_back: ContextVar[list[AuditEvent] | None] = ContextVar("held_back", default=None)
# The refusals recorded in the request in progress; None where none are collected.
_refusals: ContextVar[list[AuditEvent] | None] = ContextVar("refusals", default=None)


def record(  # noqa: PLR0913 -- one argument per column of the trail
    *,
    action: str,
    actor: User | None,
    tenant: Tenant | None,
    workspace: Workspace | None = None,
    subject: str = "",
    outcome: AuditOutcome = AuditOutcome.ALLOWED,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one event to the trail, in the caller's transaction.

    `detail` is kept for ever and shown to auditors: no payloads, no secrets. The event's chain
    stays locked until the transaction ends, so record last; where more has to be written
    afterwards, do both under `written_last`.
    """
    origin = request_origin.get()
    workspace_id = tenant.workspace_id if tenant else None
    workspace_id = workspace.pk if workspace else workspace_id
    request_facts = {"token": origin.token} if origin.token else {}
    if outcome is AuditOutcome.DENIED and workspace_id is not None and origin.page:
        request_facts["page"] = origin.page
    event = AuditEvent(
        workspace_id=workspace_id,
        tenant=tenant,
        tenant_name=kept_text(tenant.name, limit=NAME_LENGTH) if tenant else "",
        actor=actor,
        actor_name=_name_of(actor),
        action=kept_text(action, limit=ACTION_LENGTH),
        outcome=AuditOutcome(outcome).value,
        subject=kept_text(subject, limit=SUBJECT_LENGTH),
        detail=kept_value({**(detail or {}), **request_facts}),
        request_id=kept_text(origin.request_id, limit=REQUEST_ID_LENGTH),
        address=kept_text(origin.address, limit=ADDRESS_LENGTH),
    )
    held = _held_back.get()
    if held is None:
        _append([event])
    else:
        held.append(event)
    refusals = _refusals.get()
    if refusals is not None and outcome is AuditOutcome.DENIED:
        refusals.append(event)
    return event


@contextmanager
def watching_refusals() -> Iterator[list[AuditEvent]]:
    """The refusals that are recorded inside the block, as they come."""
    seen: list[AuditEvent] = []
    token = _refusals.set(seen)
    try:
        yield seen
    finally:
        _refusals.reset(token)


@contextmanager
def written_last() -> Iterator[None]:
    """Write what is recorded inside when the block ends; nothing, when it ends with an error.

    It stands inside the transaction: `with transaction.atomic(), audit.written_last():`. So the
    chain is locked after every other row, and two writers never wait for each other.
    """
    outer = _held_back.get()
    held: list[AuditEvent] = [] if outer is None else outer
    before = len(held)
    token = _held_back.set(held)
    try:
        yield
    except BaseException:
        del held[before:]
        raise
    finally:
        _held_back.reset(token)
    if outer is None:
        _append(held)


def _append(events: Sequence[AuditEvent]) -> None:
    # No savepoint: a trail that could not be written takes the caller's transaction with it.
    with transaction.atomic(savepoint=False):
        chains: dict[str, AuditChain] = {}
        # One order for all, or two writers would wait for each other's second chain.
        for key in sorted({AuditChain.key_of(event.workspace_id) for event in events}):
            chains[key] = _locked(key)
        for event in events:
            _add(event, chains[AuditChain.key_of(event.workspace_id)])


def _add(event: AuditEvent, chain: AuditChain) -> None:
    event.chain = chain
    event.sequence = chain.length + 1
    event.previous_hash = chain.head
    event.workspace_name = kept_text(chain.workspace or "", limit=NAME_LENGTH)
    event.at = timezone.now()
    event.hash = hash_of(event.facts())
    event.save(force_insert=True)
    moved = AuditChain.objects.filter(pk=chain.pk, length=chain.length, head=chain.head)
    if not moved.update(length=event.sequence, head=event.hash):
        raise ChainMovedError(chain.pk)
    chain.length, chain.head = event.sequence, event.hash


def _locked(key: str) -> AuditChain:
    """The head of the chain, held until the transaction ends; a chain begins with its lock."""
    heads = AuditChain.objects.select_for_update(of=("self",), no_key=True)
    heads = heads.select_related("workspace")
    chain = heads.filter(pk=key).first()
    if chain is None:
        workspace_id = key.partition(":")[2]
        AuditChain.objects.get_or_create(
            pk=key, defaults={"workspace_id": int(workspace_id) if workspace_id else None}
        )
        chain = heads.get(pk=key)
    return chain


def _name_of(actor: User | None) -> str:
    """Who it was in words: the name people know, and the one that signs in."""
    if actor is None:
        return ""
    full, username = actor.get_full_name(), actor.get_username()
    return kept_text(f"{full} ({username})" if full else username, limit=NAME_LENGTH)
