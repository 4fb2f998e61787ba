"""What the page of the trail shows besides its lines: the chains' heads, and how to verify them."""

from dataclasses import dataclass

from django.db import models

from tenants.models import AuditChain, AuditEvent, User
from tenants.models.audit import AuditEventQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """Where one chain ends now; noted elsewhere, it proves the trail up to here."""

    # Both empty for the installation's own, which belongs to no workspace.
    workspace: str
    slug: str
    length: int
    hash: str

    @property
    def command(self) -> str:
        chain = f" --workspace {self.slug}" if self.slug else ""
        return f"manage.py verify_audit{chain} --expect-head {self.hash}"

    @property
    def name(self) -> str:
        return self.workspace or "The installation"


def events_for(reader: User) -> AuditEventQuerySet:
    """What the reader may see of the trail, the newest first."""
    events = AuditEvent.objects.readable_by(reader).order_by("-at", "-pk")
    return events.fetch_mode(models.FETCH_RAISE)


def heads_for(reader: User) -> tuple[ChainHead, ...]:
    chains = AuditChain.objects.readable_by(reader).filter(length__gt=0)
    named = chains.order_by("workspace__name", "pk")
    return tuple(
        ChainHead(workspace=name or "", slug=slug or "", length=length, hash=head)
        for name, slug, length, head in named.values_list(
            "workspace__name", "workspace__slug", "length", "head"
        )
    )
