"""The home page: whether anything needs the reader, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse

from operations.continuation import Action
from operations.liveness import Liveness, liveness_of
from operations.models import OperationRun
from restore_safety.follow_ups import acknowledged_follow_ups, open_follow_ups
from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.truth.attention import ResultAttention
from tenants.capabilities import Capability
from tenants.models import ProviderConnection, Tenant, User, Verification

from .results import results_of
from .runs import runs_for

SHOWN = 5
DRAFTS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpLine:
    run: RestoreRun
    result: ResultAttention

    @property
    def url(self) -> str:
        return reverse("restores:run-detail", args=[self.run.pk])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLine:
    """Work in progress, and whether anybody is at it."""

    run: OperationRun
    liveness: Liveness


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLine:
    """A tenant that cannot be relied on to answer."""

    tenant: Tenant
    connection: ProviderConnection | None

    @property
    def state(self) -> Verification:
        return self.connection.state if self.connection else Verification.UNVERIFIED

    @property
    def sentence(self) -> str:
        if self.connection is None:
            return "It has no provider connection yet."
        return self.connection.verification_detail or "Nobody has tried whether it works."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section[Line]:
    """The first lines of a list, and how many there are in all."""

    lines: tuple[Line, ...]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.lines)

    @property
    def is_empty(self) -> bool:
        return self.total == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What is open among the tenants the reader may see."""

    follow_ups: Section[FollowUpLine]
    acknowledged: Section[FollowUpLine]
    running: Section[RunningLine]
    drafts: Section[RestoreDraft]
    connections: Section[ConnectionLine]
    tenants: int
    restore_denial: str

    @property
    def headline(self) -> str:
        """What asks for the reader; runs in progress ask for nobody."""
        parts = (
            _counted(self.follow_ups.total, "restore needs follow-up", "restores need follow-up"),
            _counted(
                self.connections.total, "connection is not verified", "connections are not verified"
            ),
            _counted(self.drafts.total, "draft waits for you", "drafts wait for you"),
        )
        if not self.tenants:
            return "No tenant is open to you yet"
        return ", ".join(filter(None, parts)) or "Nothing here asks for you"

    @property
    def sentence(self) -> str:
        if not self.tenants:
            return "An owner of a tenant can give you a role in it. Until then nothing is shown."
        where = "the tenant" if self.tenants == 1 else f"the {self.tenants} tenants"
        known = _counted(
            self.acknowledged.total,
            "acknowledged follow-up stays open in the tenant. ",
            "acknowledged follow-ups stay open in their tenants. ",
        )
        return (
            f"{known}This counts open follow-ups, unverified connections and your drafts "
            f"in {where} you can see. It says nothing about what was never backed up or checked."
        )

    @property
    def action(self) -> Action | None:
        if self.restore_denial:
            return None
        return Action(label="New restore", url=reverse("restores:draft-create"))

    @property
    def follow_ups_url(self) -> str:
        return f"{reverse('restores:run-list')}?attention=open&archived=all"

    @property
    def acknowledged_url(self) -> str:
        return f"{reverse('restores:run-list')}?attention=acknowledged&archived=all"

    @property
    def drafts_url(self) -> str:
        return f"{reverse('home')}?drafts=all#drafts"


def home_page(*, user: User, now: datetime, with_all_drafts: bool = False) -> HomePage:
    tenants = Tenant.objects.visible_to(user)
    may_prepare = Tenant.objects.visible_to(user, Capability.PREPARE_RESTORE).exists()
    return HomePage(
        follow_ups=_follow_ups(user, open_follow_ups()),
        acknowledged=_follow_ups(user, acknowledged_follow_ups()),
        running=_running(user, now),
        drafts=_drafts(user, DRAFTS_SHOWN if with_all_drafts else SHOWN),
        connections=_connections(user),
        tenants=tenants.count(),
        restore_denial="" if may_prepare else Capability.PREPARE_RESTORE.denial,
    )


def _follow_ups(user: User, wanted: Q) -> Section[FollowUpLine]:
    runs = runs_for(user).filter(wanted)
    newest = list(runs[:SHOWN])
    results = results_of(newest)
    return Section(
        lines=tuple(FollowUpLine(run=run, result=results[run.pk]) for run in newest),
        total=runs.count(),
    )


def _running(user: User, now: datetime) -> Section[RunningLine]:
    runs = OperationRun.objects.visible_to(user).live().newest_first()
    shown = runs.select_related("tenant").fetch_mode(models.FETCH_RAISE)[:SHOWN]
    return Section(
        lines=tuple(RunningLine(run=run, liveness=liveness_of(run, now)) for run in shown),
        total=runs.count(),
    )


def _drafts(user: User, limit: int) -> Section[RestoreDraft]:
    """The reader's own, where they may still prepare restores."""
    drafts = RestoreDraft.objects.visible_to(user, Capability.PREPARE_RESTORE).open()
    drafts = drafts.filter(owner=user).order_by("-updated_at", "-pk")
    shown = drafts.select_related("tenant", "backup_set").fetch_mode(models.FETCH_RAISE)[:limit]
    return Section(lines=tuple(shown), total=drafts.count())


def _connections(user: User) -> Section[ConnectionLine]:
    works = Q(connection__verification=Verification.VERIFIED)
    tenants = Tenant.objects.visible_to(user).exclude(works).order_by("name", "pk")
    shown = tenants.select_related("connection")[:SHOWN]
    return Section(
        lines=tuple(
            ConnectionLine(tenant=tenant, connection=getattr(tenant, "connection", None))
            for tenant in shown
        ),
        total=tenants.count(),
    )


def _counted(count: int, one: str, many: str) -> str:
    if not count:
        return ""
    return f"1 {one}" if count == 1 else f"{count} {many}"
