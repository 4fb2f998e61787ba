"""The home page: whether anything needs the reader, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse

from operations.liveness import Liveness, liveness_of
from operations.models import OperationRun, OperationRunQuerySet, RunStatus
from operations.processes import Services, ServiceWarning, services_at
from operations.work_kinds import Action
from restore_safety.home.waiting_approvals import waiting_for
from restore_safety.models import ApprovalRequest, RestoreDraft, RestoreRun
from restore_safety.restores.follow_ups import acknowledged_follow_ups, open_follow_ups
from restore_safety.restores.pages.drafts import drafts_for
from restore_safety.restores.pages.results import ResultSummary, result_summaries
from restore_safety.restores.run_queries import runs_for
from restore_safety.truth.attention import ResultAttention
from tenants.models import ProviderConnection, Tenant, User, Verification
from tenants.models.capabilities import Capability

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpLine:
    run: RestoreRun
    summary: ResultSummary

    @property
    def result(self) -> ResultAttention:
        return self.summary.result

    @property
    def url(self) -> str:
        return reverse("restores:run-detail", args=[self.run.pk])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLine:
    """Work in progress, and whether a worker is at it."""

    run: OperationRun
    liveness: Liveness
    next_step: str


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
        return self.connection.verification_detail or "It was never verified."


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
    silent: int
    approvals: Section[ApprovalRequest]
    warnings: tuple[ServiceWarning, ...]
    drafts: Section[RestoreDraft]
    connections: Section[ConnectionLine]
    tenants: int
    restore_denial: str

    @property
    def headline(self) -> str:
        """What needs the reader's attention, the most urgent first; work under way does not."""
        parts = (
            _counted(self.follow_ups.total, "restore needs follow-up", "restores need follow-up"),
            _counted(self.silent, "run has lost its worker", "runs have lost their worker"),
            _counted(
                self.approvals.total,
                "restore waits for your approval",
                "restores wait for your approval",
            ),
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
            f"{known}This counts open follow-ups, runs without a worker, restores that wait for "
            f"your approval, unverified connections and your drafts in {where} you can see. "
            "It says nothing about what was never backed up or checked."
        )

    @property
    def action(self) -> Action | None:
        """The one thing that needs the reader most; a new restore where nothing else does."""
        if self.follow_ups.total:
            return _first_of(
                self.follow_ups.total,
                Action(label="Open what needs follow-up", url=self.follow_ups.lines[0].url),
                Action(label="Go through the open follow-ups", url=self.follow_ups_url),
            )
        if self.silent:
            run = self.running.lines[0].run
            return Action(label="Look at the run without a worker", url=run.get_absolute_url())
        if self.approvals.total:
            first = self.approvals.lines[0].get_absolute_url()
            return _first_of(
                self.approvals.total,
                Action(label="Look at the restore to approve", url=first),
                Action(label="Look at the restore to approve first", url=first),
            )
        if self.connections.total:
            tenant = self.connections.lines[0].tenant
            return _first_of(
                self.connections.total,
                Action(label="Look at the connection", url=tenant.get_absolute_url()),
                Action(label="Look at the connections", url=reverse("tenants:tenant-list")),
            )
        if self.drafts.total:
            draft = self.drafts.lines[0]
            return _first_of(
                self.drafts.total,
                Action(
                    label="Continue the draft",
                    url=reverse("restores:draft-resume", args=[draft.pk]),
                ),
                Action(label="Choose a draft to continue", url=self.drafts_url),
            )
        return self.new_restore

    @property
    def new_restore(self) -> Action | None:
        if self.restore_denial:
            return None
        return Action(label="New restore", url=reverse("restores:draft-create"))

    @property
    def offers_new_restore_beside(self) -> bool:
        """Whether a new restore is possible and is not what is asked for first."""
        return self.new_restore is not None and self.action != self.new_restore

    @property
    def follow_ups_url(self) -> str:
        return f"{reverse('restores:run-list')}?attention=open&archived=all"

    @property
    def acknowledged_url(self) -> str:
        return f"{reverse('restores:run-list')}?attention=acknowledged&archived=all"

    @property
    def drafts_url(self) -> str:
        return reverse("restores:draft-list")


def home_page(*, user: User, now: datetime) -> HomePage:
    tenants = Tenant.objects.visible_to(user)
    may_prepare = Tenant.objects.visible_to(user, Capability.PREPARE_RESTORE).exists()
    live = OperationRun.objects.visible_to(user).live()
    services = services_at(now)
    return HomePage(
        follow_ups=_follow_ups(user, open_follow_ups()),
        acknowledged=_follow_ups(user, acknowledged_follow_ups()),
        running=_running(live, services),
        warnings=services.warnings,
        approvals=_approvals(user, now),
        silent=live.filter(_without_a_worker(now)).count(),
        drafts=_drafts(user),
        connections=_connections(user),
        tenants=tenants.count(),
        restore_denial="" if may_prepare else Capability.PREPARE_RESTORE.denial,
    )


def _follow_ups(user: User, wanted: Q) -> Section[FollowUpLine]:
    runs = runs_for(user).filter(wanted)
    newest = list(runs[:SHOWN])
    summaries = result_summaries(newest)
    return Section(
        lines=tuple(FollowUpLine(run=run, summary=summaries[run.pk]) for run in newest),
        total=runs.count(),
    )


def _approvals(user: User, now: datetime) -> Section[ApprovalRequest]:
    waiting = waiting_for(user, now=now)
    return Section(lines=tuple(waiting[:SHOWN]), total=waiting.count())


def _running(live: OperationRunQuerySet, services: Services) -> Section[RunningLine]:
    """The live runs, first those whose worker is gone."""
    now = services.now
    is_silent = Case(When(_without_a_worker(now), then=Value(0)), default=Value(1))
    runs = live.order_by(is_silent, "-queued_at", "-id").select_related("tenant")
    shown = runs.fetch_mode(models.FETCH_RAISE)[:SHOWN]
    return Section(
        lines=tuple(_running_line(run, services) for run in shown),
        total=live.count(),
    )


def _running_line(run: OperationRun, services: Services) -> RunningLine:
    liveness = liveness_of(run, services.now)
    return RunningLine(run=run, liveness=liveness, next_step=services.next_step(liveness))


def _without_a_worker(now: datetime) -> Q:
    """The started runs whose worker is gone; one that was put aside holds no lease at all."""
    return Q(status=RunStatus.RUNNING, lease_expires_at__lte=now)


def _drafts(user: User) -> Section[RestoreDraft]:
    """The reader's own, where they may still prepare restores."""
    drafts = drafts_for(user).filter(owner=user)
    return Section(lines=tuple(drafts[:SHOWN]), total=drafts.count())


def _connections(user: User) -> Section[ConnectionLine]:
    works = Q(connection__verification=Verification.VERIFIED)
    failed = Q(connection__verification=Verification.FAILED)
    failed_first = Case(When(failed, then=Value(0)), default=Value(1))
    tenants = Tenant.objects.visible_to(user).exclude(works).order_by(failed_first, "name", "pk")
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


def _first_of(count: int, one: Action, many: Action) -> Action:
    return one if count == 1 else many
