"""The audit trail of a restore: its draft, what was captured for it, its runs and their workers."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from operations.models import RunOutcome
from restore_safety.drafts.scope_changes import LedgerEntry, ledger_entries
from restore_safety.execution.gate import Refusal
from restore_safety.models import RestoreRun
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import EvidenceKind
from tenants.audit.actions import label_of
from tenants.models import AuditEvent, AuditOutcome, User
from tenants.web.badges import badge_for

EVENTS_PER_PAGE = 50
CHANGES_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit trail; `about` is what it happened to, empty for the run itself."""

    event: AuditEvent
    about: str = ""

    @property
    def what(self) -> str:
        action = self.event.action
        if action == "operation.started" and self._number("attempt") > 1:
            return f"Another worker took it over, as attempt {self._number('attempt')}"
        return label_of(action)

    @property
    def who(self) -> str:
        return self.event.actor_name or "The product"

    @property
    def more(self) -> str:  # noqa: PLR0911 -- one flat line per action
        """What the event says beyond its action, in one line."""
        detail = self.event.detail
        match self.event.action:
            case "operation.ended" if detail.get("outcome") in RunOutcome:
                return badge_for(RunOutcome(detail["outcome"])).meaning
            case "restore.ended" if detail.get("status") in RestoreStatus:
                return RestoreStatus(detail["status"]).sentence
            case "restore.refused" if detail.get("condition") in Refusal:
                return Refusal(detail["condition"]).value.replace("_", " ").capitalize()
            case "restore.follow_up_acknowledged":
                return str(detail.get("note", ""))
            case "restore.queued":
                return str(detail.get("reason", ""))
            case "restore.exported":
                return self._exported
            case _:
                return ""

    @property
    def denied(self) -> AuditOutcome | None:
        """The outcome where it is worth a badge: a refusal."""
        outcome = AuditOutcome(self.event.outcome)
        return outcome if outcome is AuditOutcome.DENIED else None

    @property
    def _exported(self) -> str:
        chosen = self.event.detail.get("filter") or {}
        narrowed = ", ".join(f"{name} {value}" for name, value in chosen.items())
        form = str(self.event.detail.get("form", "")).upper()
        return f"{form}, narrowed by {narrowed}" if narrowed else f"{form}, all items"

    def _number(self, key: str) -> int:
        value = self.event.detail.get(key)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One page of the events, the newest first, and how the scope came about."""

    page: Page[AuditEvent]
    about: Mapping[str, str]
    changes: tuple[LedgerEntry, ...]
    changes_in_all: int

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(
            Event(event=event, about=self.about.get(event.subject, "")) for event in self.page
        )

    @property
    def earlier_changes(self) -> int:
        return self.changes_in_all - len(self.changes)


def trail_of(
    run: RestoreRun, viewer: User, *, page: str | None = None, per_page: int = EVENTS_PER_PAGE
) -> Trail:
    """The trail as far as the viewer may see it; a page that does not exist is the nearest."""
    about = subjects_of(run)
    changes = run.draft.changes.filter(at__lte=run.created_at)
    shown = changes.select_related("actor")[:CHANGES_SHOWN]
    return Trail(
        page=Paginator(_events(about, viewer), per_page).get_page(page),
        about=about,
        changes=ledger_entries(tenant=run.tenant, rows=shown),
        changes_in_all=changes.count(),
    )


def _events(about: Mapping[str, str], viewer: User) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.visible_to(viewer).filter(subject__in=about)
    return events.order_by("-at", "-pk")


def subjects_of(run: RestoreRun) -> dict[str, str]:
    """The subjects in the trail, by the audit's name, with the label that a reader sees."""
    about = {f"restore_draft:{run.draft_id}": "Draft"}
    evidence = run.draft.evidence.exclude(operation_run=None)
    for kind, operation in evidence.values_list("kind", "operation_run"):
        about[f"operation_run:{operation}"] = EvidenceKind(kind).label
    runs = run.draft.runs.values_list("pk", "is_dry_run", "operation_run")
    for pk, is_dry_run, operation in runs:
        name = "" if pk == run.pk else _sibling(is_dry_run=is_dry_run)
        about[f"restore_run:{pk}"] = about[f"operation_run:{operation}"] = name
    return about


def _sibling(*, is_dry_run: bool) -> str:
    return "Dry run of the same draft" if is_dry_run else "The restore of the same draft"
