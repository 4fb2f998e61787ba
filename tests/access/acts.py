"""Every act the product offers, whom it is for, and how it is answered when it is allowed.

One row an address and method. What a row does not name is answered 405, and an address without a
row fails `test_matrix.py`; so nothing is offered that nobody has decided on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenants.capabilities import Capability

VIEW = Capability.VIEW
CAPTURE = Capability.CAPTURE_BACKUP
IMPORT = Capability.IMPORT_BACKUP
PREPARE = Capability.PREPARE_RESTORE
EXECUTE = Capability.EXECUTE_RESTORE
RECORDS = Capability.MANAGE_RESTORES
CONNECTION = Capability.MANAGE_CONNECTION


@dataclass(frozen=True, slots=True)
class Place:
    """One tenant and the rows that `fill` put into it."""

    number: int
    slug: str

    def ids(self) -> dict[str, Any]:
        return {
            "operation": self.uuid,
            "run": self.uuid,
            "item": self.item,
            "draft": self.uuid,
            "evidence": self.uuid,
        }

    @property
    def uuid(self) -> UUID:
        return UUID(int=(1 << 127) + self.number)

    @property
    def item(self) -> int:
        return 1_000_000 + self.number


OWN = Place(1, "contoso")
OTHER = Place(2, "contoso-labs")
FOREIGN = Place(3, "fabrikam")
# Nobody's: no row has these ids, no tenant this slug.
NOWHERE = Place(9, "nowhere")
PEOPLE = ("anonymous", "outsider", "member", "auditor", "operator", "manager", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One method at one address.

    `needs` is the capability on the tenant; None where the page is everybody's and holds what is
    theirs. The tenant stands in the address (`where`) or in what is posted (`sends`); `is_of_any`
    where none is named yet and the capability has to be held on at least one.
    """

    route: str
    method: str = "get"
    needs: Capability | None = VIEW
    answers: int = 200
    is_of_any: bool = False
    where: Callable[[Place], dict[str, Any]] | None = None
    sends: Callable[[Place], dict[str, Any]] = field(default=lambda at: {})
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.method.upper()} {self.route}" + (f" ({self.label})" if self.label else "")

    @property
    def is_of_a_tenant(self) -> bool:
        return self.needs is not None and not self.is_of_any


def _run(at: Place) -> dict[str, Any]:
    return {"run_id": at.uuid}


def _draft(at: Place) -> dict[str, Any]:
    return {"draft_id": at.uuid}


def _slug(at: Place) -> dict[str, Any]:
    return {"slug": at.slug}


def _step(step: str) -> Callable[[Place], dict[str, Any]]:
    return lambda at: {"draft_id": at.uuid, "step": step}


def _capture(kind: str) -> Callable[[Place], dict[str, Any]]:
    return lambda at: {"draft_id": at.uuid, "kind": kind}


def _confirm(act: str, needs: Capability) -> Act:
    return Act(
        route="restores:run-confirm",
        where=lambda at: {"run_id": at.uuid, "act": act},
        needs=needs,
        label=act,
    )


def _names_the_tenant(at: Place) -> dict[str, Any]:
    return {"tenant": at.slug}


ACTS: tuple[Act, ...] = (
    Act(route="home", needs=None),
    Act(route="badges", needs=None),
    Act(route="restores:run-list", needs=None),
    Act(route="restores:draft-list", needs=None),
    Act(route="restores:draft-create", needs=None),
    Act(
        route="restores:draft-create",
        method="post",
        needs=PREPARE,
        answers=302,
        sends=_names_the_tenant,
    ),
    *(
        Act(route="restores:draft-step", where=_step(step), needs=PREPARE, label=step)
        for step in ("backup", "scope", "checks", "preview", "confirm")
    ),
    *(
        Act(
            route="restores:draft-step",
            method="post",
            where=_step(step),
            needs=PREPARE,
            answers=302,
            label=step,
        )
        for step in ("backup", "scope", "checks", "preview", "confirm")
    ),
    *(
        Act(
            route="restores:draft-capture",
            method=method,
            where=_capture(kind),
            needs=PREPARE,
            answers=302,
            label=kind,
        )
        for method in ("get", "post")
        for kind in ("checks", "preview")
    ),
    Act(route="restores:draft-queue", where=_draft, needs=PREPARE, answers=302),
    # An empty confirmation is no confirmation: allowed, and refused by the gate.
    Act(route="restores:draft-queue", method="post", where=_draft, needs=EXECUTE, answers=409),
    Act(route="restores:draft-discard", where=_draft, needs=PREPARE),
    Act(route="restores:draft-discard", method="post", where=_draft, needs=PREPARE, answers=302),
    Act(route="restores:draft-resume", where=_draft, needs=PREPARE, answers=302),
    Act(
        route="restores:draft-evidence",
        where=lambda at: {"draft_id": at.uuid, "evidence_id": at.uuid},
    ),
    Act(route="restores:run-detail", where=_run),
    Act(route="restores:run-print", where=_run),
    Act(route="restores:run-progress", where=_run, answers=302),
    Act(
        route="restores:run-item",
        where=lambda at: {"run_id": at.uuid, "item_id": at.item},
    ),
    Act(route="restores:run-items-csv", where=_run),
    Act(route="restores:run-items-json", where=_run),
    Act(route="restores:run-follow-up", method="post", where=_run, needs=PREPARE, answers=302),
    _confirm("acknowledge", EXECUTE),
    _confirm("rerun", PREPARE),
    _confirm("archive", RECORDS),
    _confirm("unarchive", RECORDS),
    _confirm("delete", RECORDS),
    Act(route="restores:run-acknowledge", method="post", where=_run, needs=EXECUTE),
    Act(route="restores:run-rerun", method="post", where=_run, needs=PREPARE, answers=302),
    Act(route="restores:run-archive", method="post", where=_run, needs=RECORDS, answers=302),
    Act(route="restores:run-unarchive", method="post", where=_run, needs=RECORDS, answers=302),
    Act(route="restores:run-delete", method="post", where=_run, needs=RECORDS, answers=302),
    Act(route="backups:set-list", needs=None),
    Act(route="backups:capture", needs=CAPTURE, is_of_any=True),
    Act(
        route="backups:capture", method="post", needs=CAPTURE, answers=302, sends=_names_the_tenant
    ),
    Act(route="backups:upload", needs=IMPORT, is_of_any=True),
    Act(route="backups:upload", method="post", needs=IMPORT, sends=_names_the_tenant),
    Act(route="backups:set-detail", where=lambda at: {"set_id": at.uuid}),
    Act(route="backups:set-delete", where=lambda at: {"set_id": at.uuid}, needs=RECORDS),
    Act(
        route="backups:set-delete",
        method="post",
        where=lambda at: {"set_id": at.uuid},
        needs=RECORDS,
        answers=302,
    ),
    Act(route="backups:item-detail", where=lambda at: {"item_id": at.uuid}),
    Act(route="operations:run-list", needs=None),
    Act(route="operations:notification-list", needs=None),
    Act(route="operations:notification-read-all", method="post", needs=None, answers=302),
    Act(route="operations:run-detail", where=_run),
    Act(route="operations:run-progress", where=_run, answers=302),
    Act(route="operations:run-cancel", where=_run, needs=RECORDS),
    Act(route="operations:run-cancel", method="post", where=_run, needs=RECORDS, answers=302),
    Act(route="audit:event-list", needs=None),
    Act(route="audit:event-csv", needs=None),
    Act(route="audit:event-json", needs=None),
    Act(route="tenants:preferences", needs=None),
    Act(route="tenants:preferences", method="post", needs=None),
    Act(route="tenants:sign-out", method="post", needs=None, answers=302),
    Act(route="tenants:tenant-list", needs=None),
    Act(route="tenants:tenant-detail", where=_slug),
    Act(route="tenants:connection-change", where=_slug, needs=CONNECTION),
    Act(route="tenants:connection-change", method="post", where=_slug, needs=CONNECTION),
    Act(
        route="tenants:connection-verify",
        method="post",
        where=_slug,
        needs=CONNECTION,
        answers=302,
    ),
    Act(route="tenants:write-gate-set", method="post", where=_slug, needs=CONNECTION, answers=302),
)
