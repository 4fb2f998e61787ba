"""Every act the product offers, who it is for, and how it is answered when it is allowed.

One row an address and method. What a row does not name is answered 405, and an address without a
row fails `test_matrix.py`; so nothing is offered that no one has decided on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from tenants.models.capabilities import Capability

VIEW = Capability.VIEW
CAPTURE = Capability.CAPTURE_BACKUP
IMPORT = Capability.IMPORT_BACKUP
PREPARE = Capability.PREPARE_RESTORE
EXECUTE = Capability.EXECUTE_RESTORE
RECORDS = Capability.MANAGE_RESTORES
CONNECTION = Capability.MANAGE_CONNECTION
ACCESS = Capability.MANAGE_ACCESS
APPROVE = Capability.APPROVE_RESTORE


@dataclass(frozen=True, slots=True)
class Place:
    """One tenant and the rows that `fill` put into it."""

    number: int
    slug: str
    workspace: str

    def ids(self) -> dict[str, Any]:
        return {
            "operation": self.uuid,
            "run": self.uuid,
            "item": self.row,
            "draft": self.uuid,
            "evidence": self.uuid,
            "token": self.row,
            "fellow": self.row,
            "group": self.row,
            "invitation": self.row,
            "window": self.row,
            "approval": self.uuid,
        }

    @property
    def uuid(self) -> UUID:
        return UUID(int=(1 << 127) + self.number)

    @property
    def row(self) -> int:
        return 1_000_000 + self.number


OWN = Place(1, "contoso", "contoso-services")
OTHER = Place(2, "contoso-labs", "contoso-services")
FOREIGN = Place(3, "fabrikam", "fabrikam-services")
# No one's: no row has these ids, no tenant this slug.
NOWHERE = Place(9, "nowhere", "nowhere-services")
PEOPLE = ("anonymous", "outsider", "member", "auditor", "operator", "manager", "owner")


class About(Enum):
    """What an act is about, and so who may know that it is there."""

    NOTHING = "everyone signed in; the page holds what is theirs"
    ANY_TENANT = "no tenant yet: the capability has to be held on at least one"
    TENANT = "a tenant: unknown to who may not view it"
    WORKSPACE = "a workspace's people: unknown to who is no member of it"
    PERSON = "a person's own: unknown to everyone else"
    LINK = "who holds the link, and no one else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One method at one address.

    `needs` is the capability on the tenant. The tenant, workspace or thing stands in the address
    (`where`) or in what is posted (`sends`).
    """

    route: str
    method: str = "get"
    about: About = About.TENANT
    needs: Capability = VIEW
    answers: int = 200
    where: Callable[[Place], dict[str, Any]] | None = None
    query: str = ""
    sends: Callable[[Place], dict[str, Any]] = field(default=lambda at: {})
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.method.upper()} {self.route}" + (f" ({self.label})" if self.label else "")

    @property
    def is_of_a_tenant(self) -> bool:
        return self.about is About.TENANT

    @property
    def is_of_the_api(self) -> bool:
        return self.route.startswith("api:")


def _shared(route: str, method: str = "get", answers: int = 200, **more: Any) -> Act:
    return Act(route=route, method=method, about=About.NOTHING, answers=answers, **more)


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
    _shared("home"),
    _shared("badges"),
    _shared("policy-types"),
    _shared("restores:run-list"),
    _shared("restores:draft-list"),
    _shared("restores:draft-create"),
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
        where=lambda at: {"run_id": at.uuid, "item_id": at.row},
    ),
    Act(route="restores:run-items-csv", where=_run),
    Act(route="restores:run-items-json", where=_run),
    Act(route="restores:run-follow-up", method="post", where=_run, needs=PREPARE, answers=302),
    *(
        Act(
            route="restores:run-follow-up",
            method="post",
            where=_run,
            query=f"?items={items}",
            needs=PREPARE,
            answers=302,
            label=items,
        )
        for items in ("remaining", "failed", "not_begun")
    ),
    _confirm("acknowledge", EXECUTE),
    _confirm("rerun", PREPARE),
    _confirm("undo", PREPARE),
    _confirm("archive", RECORDS),
    _confirm("unarchive", RECORDS),
    _confirm("delete", RECORDS),
    Act(route="restores:run-acknowledge", method="post", where=_run, needs=EXECUTE),
    Act(route="restores:run-rerun", method="post", where=_run, needs=PREPARE, answers=302),
    Act(route="restores:run-undo", method="post", where=_run, needs=PREPARE, answers=302),
    Act(route="restores:run-archive", method="post", where=_run, needs=RECORDS, answers=302),
    Act(route="restores:run-unarchive", method="post", where=_run, needs=RECORDS, answers=302),
    Act(route="restores:run-delete", method="post", where=_run, needs=RECORDS, answers=302),
    _shared("backups:set-list"),
    Act(route="backups:capture", about=About.ANY_TENANT, needs=CAPTURE),
    Act(
        route="backups:capture", method="post", needs=CAPTURE, answers=302, sends=_names_the_tenant
    ),
    Act(route="backups:upload", about=About.ANY_TENANT, needs=IMPORT),
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
    _shared("operations:run-list"),
    _shared("operations:notification-list"),
    _shared("operations:notification-read-all", "post", 302),
    Act(route="operations:run-detail", where=_run),
    Act(route="operations:run-progress", where=_run, answers=302),
    Act(route="operations:run-cancel", where=_run, needs=RECORDS),
    Act(route="operations:run-cancel", method="post", where=_run, needs=RECORDS, answers=302),
    _shared("audit:event-list"),
    _shared("audit:event-csv"),
    _shared("audit:event-json"),
    _shared("tenants:preferences"),
    _shared("tenants:preferences", "post"),
    _shared("tenants:sign-out", "post", 302),
    _shared("tenants:tenant-list"),
    Act(route="tenants:tenant-detail", where=_slug),
    Act(route="directory:object-list", where=_slug),
    Act(route="directory:search", where=_slug),
    Act(route="directory:sync", method="post", where=_slug, needs=CAPTURE, answers=302),
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
    Act(
        route="tenants:write-gate-set",
        method="post",
        where=_slug,
        needs=CONNECTION,
        sends=lambda at: {"gate": "open"},
        answers=302,
        label="open",
    ),
)

_ROLE = "?role=operator"


def _approval(at: Place) -> dict[str, Any]:
    return {"request_id": at.uuid}


def _window(at: Place) -> dict[str, Any]:
    return {"slug": at.slug, "window_id": at.row}


def _person(at: Place) -> dict[str, Any]:
    return {"slug": at.slug, "person_id": at.row}


def _group(at: Place) -> dict[str, Any]:
    return {"slug": at.slug, "group_id": at.row}


def _role_no_one_saw(at: Place) -> dict[str, Any]:
    # Allowed, and refused as what is held is not what was shown.
    return {"role": "operator", "seen": "something else"}


def _of_workspace(route: str, method: str = "get", answers: int = 200, *ids: str) -> Act:
    def where(at: Place) -> dict[str, Any]:
        return {"slug": at.workspace} | dict.fromkeys(ids, at.row)

    return Act(
        route=route,
        method=method,
        about=About.WORKSPACE,
        needs=ACCESS,
        answers=answers,
        where=where,
    )


def _token(at: Place) -> dict[str, Any]:
    return {"token_id": at.row}


ACTS += (
    Act(route="restores:run-receipt", where=_run),
    # Nothing was confirmed for this run, so it says on its page why there is no receipt.
    Act(route="restores:run-receipt-file", where=_run, answers=302),
    _shared("restores:receipt-verifier"),
    _shared("tenants:roles"),
    Act(route="restores:approval", where=_approval),
    Act(
        route="restores:approval-decide",
        method="post",
        where=_approval,
        needs=APPROVE,
        answers=302,
    ),
    Act(
        route="restores:approval-withdraw",
        method="post",
        where=_approval,
        needs=RECORDS,
        answers=302,
    ),
    Act(route="tenants:four-eyes-set", method="post", where=_slug, needs=CONNECTION, answers=302),
    Act(route="tenants:change-window-list", where=_slug),
    Act(route="tenants:change-window-add", where=_slug, needs=CONNECTION),
    Act(route="tenants:change-window-add", method="post", where=_slug, needs=CONNECTION),
    Act(
        route="tenants:change-window-remove",
        method="post",
        where=_window,
        needs=CONNECTION,
        answers=302,
    ),
    Act(route="tenants:access", where=_slug),
    Act(route="tenants:access-grant", where=_slug, needs=ACCESS),
    Act(route="tenants:access-tokens", where=_slug, needs=ACCESS),
    *(
        Act(
            route="tenants:access-token-revoke",
            method=method,
            where=lambda at: {"slug": at.slug, "token_id": at.row},
            needs=ACCESS,
            answers=answers,
        )
        for method, answers in (("get", 200), ("post", 302))
    ),
    Act(route="tenants:access-person", where=_person),
    Act(route="tenants:access-person-role", where=_person, query=_ROLE, needs=ACCESS),
    Act(
        route="tenants:access-person-role",
        method="post",
        where=_person,
        needs=ACCESS,
        sends=_role_no_one_saw,
        answers=409,
    ),
    Act(route="tenants:access-group", where=_group),
    Act(route="tenants:access-group-role", where=_group, query=_ROLE, needs=ACCESS),
    Act(
        route="tenants:access-group-role",
        method="post",
        where=_group,
        needs=ACCESS,
        sends=_role_no_one_saw,
        answers=409,
    ),
    _of_workspace("tenants:member-list"),
    _of_workspace("tenants:member-detail", "get", 200, "person_id"),
    _of_workspace("tenants:member-remove", "get", 200, "person_id"),
    _of_workspace("tenants:member-remove", "post", 302, "person_id"),
    _of_workspace("tenants:group-list"),
    _of_workspace("tenants:group-create"),
    _of_workspace("tenants:group-create", "post"),
    _of_workspace("tenants:group-detail", "get", 200, "group_id"),
    _of_workspace("tenants:group-rename", "get", 200, "group_id"),
    _of_workspace("tenants:group-rename", "post", 200, "group_id"),
    _of_workspace("tenants:group-delete", "get", 200, "group_id"),
    _of_workspace("tenants:group-delete", "post", 302, "group_id"),
    _of_workspace("tenants:group-member-add", "get", 200, "group_id"),
    _of_workspace("tenants:group-member-add", "post", 200, "group_id"),
    _of_workspace("tenants:group-member-remove", "get", 200, "group_id", "person_id"),
    _of_workspace("tenants:group-member-remove", "post", 302, "group_id", "person_id"),
    _of_workspace("tenants:invitation-list"),
    _of_workspace("tenants:invitation-create"),
    _of_workspace("tenants:invitation-create", "post"),
    _of_workspace("tenants:invitation-revoke", "get", 200, "invitation_id"),
    _of_workspace("tenants:invitation-revoke", "post", 302, "invitation_id"),
    Act(
        route="tenants:invitation-open",
        about=About.LINK,
        where=lambda at: {"token": "guessed"},
        answers=404,
    ),
    Act(route="tenants:invitation-accept", about=About.LINK, answers=404),
    Act(route="tenants:invitation-accept", method="post", about=About.LINK, answers=404),
    Act(route="tenants:join-with-account", method="post", about=About.LINK, answers=404),
    _shared("tenants:token-list"),
    _shared("tenants:token-create"),
    _shared("tenants:token-create", "post"),
    Act(route="tenants:token-revoke", about=About.PERSON, where=_token),
    Act(route="tenants:token-revoke", method="post", about=About.PERSON, where=_token, answers=302),
    _shared("mfa_index"),
    _shared("account_reauthenticate"),
    _shared("account_reauthenticate", "post"),
    _shared("account_change_password"),
    _shared("account_change_password", "post"),
    _shared("account_set_password", answers=302),
    _shared("account_set_password", "post", 302),
    _shared("mfa_activate_totp"),
    _shared("mfa_activate_totp", "post"),
    _shared("mfa_deactivate_totp", answers=404),
    _shared("mfa_deactivate_totp", "post", 404),
    _shared("mfa_add_webauthn"),
    _shared("mfa_add_webauthn", "post"),
    _shared("mfa_remove_webauthn", answers=404, where=lambda at: {"pk": 1}),
    _shared("mfa_remove_webauthn", "post", 404, where=lambda at: {"pk": 1}),
    _shared("mfa_generate_recovery_codes"),
    _shared("mfa_generate_recovery_codes", "post"),
    _shared("mfa_view_recovery_codes", answers=404),
    _shared("mfa_reauthenticate", answers=302),
    _shared("mfa_reauthenticate", "post", 302),
    _shared("mfa_reauthenticate_webauthn", answers=302),
    _shared("mfa_reauthenticate_webauthn", "post", 302),
    _shared("tenants:prove-with-account", answers=404),
    _shared("tenants:prove-with-account", "post", 404),
    _shared("tenants:account-connect", "post", 404),
    _shared("tenants:account-disconnect", answers=404, where=lambda at: {"pk": 1}),
    _shared("tenants:account-disconnect", "post", 404, where=lambda at: {"pk": 1}),
    _shared("admin-password-change", answers=302),
    _shared("admin-password-change", "post", 302),
)


def _restore(at: Place) -> dict[str, Any]:
    return {"restore_id": at.uuid}


def _evidence(at: Place) -> dict[str, Any]:
    return {"draft_id": at.uuid, "evidence_id": at.uuid}


ACTS += (
    _shared("api:get_me"),
    _shared("api:list_tenants"),
    _shared("api:list_backups"),
    _shared("api:list_drafts"),
    _shared("api:list_restores"),
    _shared("api:list_operations"),
    _shared("api:list_audit_events"),
    Act(route="api:get_tenant", where=_slug),
    Act(route="api:list_access", where=_slug),
    Act(route="api:list_directory", where=_slug),
    Act(route="api:list_directory_kinds", where=_slug),
    Act(route="api:sync_directory", method="post", where=_slug, needs=CAPTURE, answers=202),
    Act(route="api:capture_backup", method="post", where=_slug, needs=CAPTURE, answers=202),
    Act(route="api:import_backup", method="post", where=_slug, needs=IMPORT, answers=422),
    Act(route="api:get_backup", where=lambda at: {"set_id": at.uuid}),
    Act(route="api:list_backup_items", where=lambda at: {"set_id": at.uuid}),
    Act(route="api:get_backup_item", where=lambda at: {"item_id": at.uuid}),
    Act(
        route="api:open_draft",
        method="post",
        needs=PREPARE,
        answers=201,
        sends=_names_the_tenant,
    ),
    Act(route="api:get_draft", where=_draft, needs=PREPARE),
    Act(route="api:list_draft_items", where=_draft, needs=PREPARE),
    Act(route="api:list_draft_changes", where=_draft, needs=PREPARE),
    Act(route="api:change_scope", method="patch", where=_draft, needs=PREPARE),
    Act(route="api:run_checks", method="post", where=_draft, needs=PREPARE, answers=202),
    Act(route="api:run_preview", method="post", where=_draft, needs=PREPARE, answers=202),
    Act(route="api:list_evidence", where=_draft),
    Act(route="api:get_evidence", where=_evidence),
    Act(route="api:list_findings", where=_evidence),
    Act(route="api:list_plan", where=_evidence),
    Act(route="api:get_readiness", where=_draft, needs=PREPARE),
    Act(route="api:get_confirmation", where=_draft, needs=PREPARE),
    Act(
        route="api:queue_draft",
        method="post",
        where=_draft,
        needs=EXECUTE,
        answers=409,
        sends=lambda at: {"mode": "restore", "offer": "x"},
    ),
    Act(route="api:get_approval", where=_draft, needs=PREPARE),
    Act(
        route="api:ask_for_approval",
        method="post",
        where=_draft,
        needs=EXECUTE,
        answers=409,
        sends=lambda at: {"offer": "x"},
    ),
    Act(route="api:get_restore", where=_restore),
    Act(route="api:list_restore_items", where=_restore),
    Act(route="api:get_restore_item", where=lambda at: _restore(at) | {"item_id": at.row}),
    Act(route="api:get_snapshot", where=_restore),
    Act(route="api:issue_receipt", method="post", where=_restore, answers=409),
    Act(
        route="api:continue_restore",
        method="post",
        where=_restore,
        needs=PREPARE,
        answers=409,
        sends=lambda at: {"items": "failed"},
    ),
    Act(
        route="api:acknowledge_follow_up",
        method="post",
        where=_restore,
        needs=EXECUTE,
        answers=409,
        sends=lambda at: {"note": "Looked at it."},
    ),
    Act(route="api:undo_restore", method="post", where=_restore, needs=PREPARE, answers=409),
    Act(route="api:get_operation", where=lambda at: {"operation_id": at.uuid}),
    Act(
        route="api:cancel_operation",
        method="post",
        where=lambda at: {"operation_id": at.uuid},
        needs=RECORDS,
        answers=409,
    ),
)
