"""Every address and every tenant-owned model, as nobody and as somebody from another workspace."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from restore_safety.models import BackupUpload, DraftChange
from restore_safety.truth.ledger import ChangeCause
from tenants.access.service import bootstrap_role
from tenants.audit import trail
from tenants.models import ApiToken, ProviderPace, Tenant, TenantGroupPermission
from tenants.models.capabilities import Capability, Role
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.factories import (
    ChangeWindowFactory,
    InvitationFactory,
    ProviderConnectionFactory,
    UserFactory,
    WorkspaceGroupFactory,
)
from tests.operations.factories import NotificationFactory, OperationRunFactory
from tests.restore_safety.factories import DirectoryObjectFactory
from tests.restore_safety.factories_runs import (
    ApprovalRequestFactory,
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    FollowUpNoteFactory,
    RestoreItemFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    WriteApprovalFactory,
)

UNSAID = "Contoso"
RUN = UUID("00000000-0000-4000-8000-000000000001")
OPERATION = UUID("00000000-0000-4000-8000-000000000002")
DRAFT = UUID("00000000-0000-4000-8000-000000000003")
EVIDENCE = UUID("00000000-0000-4000-8000-000000000004")
ITEM = 1_000_001
PERSON = 1_000_002
GROUP = 1_000_003
INVITATION = 1_000_004
WINDOW = 1_000_005
APPROVAL = UUID(int=(1 << 127) + 77)

TOKEN = 1_000_005

# What nobody has to be signed in for, and how it answers who asks without more.
PUBLIC = {
    "healthz": 200,
    "api:openapi-json": 200,
    "tenants:sign-in": 200,
    "account_login": 200,
    "account_logout": 405,
    "account_reset_password": 200,
    "account_reset_password_done": 200,
    "account_reset_password_from_key": 200,
    "account_reset_password_from_key_done": 200,
    "admin-sign-in": 302,
    "admin:login": 302,
    "mfa_authenticate": 302,
    "mfa_login_webauthn": 302,
    # No directory is set up.
    "openid_connect_login": 405,
    "openid_connect_callback": 404,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A page for everybody signed in, who finds there what is theirs alone."""

    method: str = "get"
    status: int = 200
    kwargs: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An address of something that belongs to a tenant; unknown to who may not know of it."""

    kwargs: dict = field(default_factory=dict)
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfWorkspace:
    """A page of a workspace's people: its members know of it, and need a right to open it."""

    kwargs: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """An address of something that belongs to one person, whoever else shares their tenants."""

    kwargs: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An address of the API, which knows tokens alone; with ids it is one of a tenant's own."""

    kwargs: dict = field(default_factory=dict)
    acts: tuple = ()
    body: dict = field(default_factory=dict)
    reads: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A form that names the tenant in what it posts."""


ROWS = {
    "home": Shared(),
    "badges": Shared(),
    "policy-types": Shared(),
    "restores:run-list": Shared(),
    "restores:draft-create": Named(),
    "restores:draft-list": Shared(),
    "restores:draft-capture": Owned(kwargs={"draft_id": DRAFT, "kind": "checks"}),
    "restores:draft-queue": Owned(kwargs={"draft_id": DRAFT}),
    "restores:draft-discard": Owned(kwargs={"draft_id": DRAFT}),
    "restores:draft-resume": Owned(kwargs={"draft_id": DRAFT}),
    "restores:draft-evidence": Owned(kwargs={"draft_id": DRAFT, "evidence_id": EVIDENCE}),
    "restores:draft-step": Owned(kwargs={"draft_id": DRAFT, "step": "backup"}),
    "restores:approval": Owned(kwargs={"request_id": APPROVAL}),
    "restores:approval-decide": Owned(kwargs={"request_id": APPROVAL}),
    "restores:approval-withdraw": Owned(kwargs={"request_id": APPROVAL}),
    "tenants:four-eyes-set": Owned(kwargs={"slug": "contoso"}),
    "restores:run-detail": Owned(kwargs={"run_id": RUN}),
    "restores:run-print": Owned(kwargs={"run_id": RUN}),
    "restores:run-progress": Owned(kwargs={"run_id": RUN}),
    "restores:run-item": Owned(kwargs={"run_id": RUN, "item_id": ITEM}),
    "restores:run-items-csv": Owned(kwargs={"run_id": RUN}),
    "restores:run-items-json": Owned(kwargs={"run_id": RUN}),
    "restores:run-receipt": Owned(kwargs={"run_id": RUN}),
    "restores:run-receipt-file": Owned(kwargs={"run_id": RUN}),
    "restores:receipt-verifier": Shared(),
    "restores:run-follow-up": Owned(kwargs={"run_id": RUN}),
    "restores:run-confirm": Owned(kwargs={"run_id": RUN, "act": "archive"}),
    "restores:run-acknowledge": Owned(kwargs={"run_id": RUN}),
    "restores:run-rerun": Owned(kwargs={"run_id": RUN}),
    "restores:run-undo": Owned(kwargs={"run_id": RUN}),
    "restores:run-archive": Owned(kwargs={"run_id": RUN}),
    "restores:run-unarchive": Owned(kwargs={"run_id": RUN}),
    "restores:run-delete": Owned(kwargs={"run_id": RUN}),
    "backups:set-list": Shared(),
    "backups:capture": Named(),
    "backups:upload": Named(),
    "backups:set-detail": Owned(kwargs={"set_id": RUN}),
    "backups:set-delete": Owned(kwargs={"set_id": RUN}),
    "backups:item-detail": Owned(kwargs={"item_id": RUN}),
    "operations:run-list": Shared(),
    "operations:notification-list": Shared(),
    "operations:notification-read-all": Shared(method="post", status=302),
    "operations:run-detail": Owned(kwargs={"run_id": OPERATION}),
    "operations:run-progress": Owned(kwargs={"run_id": OPERATION}),
    "operations:run-cancel": Owned(kwargs={"run_id": OPERATION}),
    "audit:event-list": Shared(),
    "audit:event-csv": Shared(),
    "audit:event-json": Shared(),
    "tenants:change-window-list": Owned(kwargs={"slug": "contoso"}),
    "tenants:change-window-add": Owned(kwargs={"slug": "contoso"}),
    "tenants:change-window-remove": Owned(kwargs={"slug": "contoso", "window_id": WINDOW}),
    "tenants:preferences": Shared(),
    "tenants:token-list": Shared(),
    "tenants:token-create": Shared(),
    "tenants:token-revoke": Mine(kwargs={"token_id": TOKEN}),
    "tenants:sign-out": Shared(method="post", status=302),
    "tenants:prove-with-account": Shared(status=404),
    "tenants:account-connect": Shared(method="post", status=404),
    "tenants:account-disconnect": Shared(status=404, kwargs={"pk": 1}),
    "account_reauthenticate": Shared(),
    "account_change_password": Shared(),
    "account_set_password": Shared(status=302),
    "admin-password-change": Shared(status=302),
    "mfa_index": Shared(),
    "mfa_activate_totp": Shared(),
    "mfa_add_webauthn": Shared(),
    "mfa_deactivate_totp": Shared(status=404),
    "mfa_generate_recovery_codes": Shared(),
    "mfa_reauthenticate": Shared(status=302),
    "mfa_reauthenticate_webauthn": Shared(status=302),
    "mfa_remove_webauthn": Shared(status=404, kwargs={"pk": 1}),
    "mfa_view_recovery_codes": Shared(status=404),
    "tenants:tenant-list": Shared(),
    "tenants:tenant-detail": Owned(kwargs={"slug": "contoso"}),
    "directory:object-list": Owned(kwargs={"slug": "contoso"}),
    "directory:search": Owned(kwargs={"slug": "contoso"}),
    "directory:sync": Owned(kwargs={"slug": "contoso"}),
    "tenants:connection-change": Owned(kwargs={"slug": "contoso"}),
    "tenants:connection-verify": Owned(kwargs={"slug": "contoso"}),
    "tenants:write-gate-set": Owned(kwargs={"slug": "contoso"}),
    "tenants:roles": Shared(),
    "tenants:access": Owned(kwargs={"slug": "contoso"}),
    "tenants:access-grant": Owned(kwargs={"slug": "contoso"}),
    "tenants:access-tokens": Owned(kwargs={"slug": "contoso"}),
    "tenants:access-token-revoke": Owned(kwargs={"slug": "contoso", "token_id": TOKEN}),
    "tenants:access-person": Owned(kwargs={"slug": "contoso", "person_id": PERSON}),
    "tenants:access-person-role": Owned(
        kwargs={"slug": "contoso", "person_id": PERSON}, query="?role=operator"
    ),
    "tenants:access-group": Owned(kwargs={"slug": "contoso", "group_id": GROUP}),
    "tenants:access-group-role": Owned(
        kwargs={"slug": "contoso", "group_id": GROUP}, query="?role=operator"
    ),
    "tenants:member-list": OfWorkspace(),
    "tenants:member-detail": OfWorkspace(kwargs={"person_id": PERSON}),
    "tenants:member-remove": OfWorkspace(kwargs={"person_id": PERSON}),
    "tenants:group-list": OfWorkspace(),
    "tenants:group-create": OfWorkspace(),
    "tenants:group-detail": OfWorkspace(kwargs={"group_id": GROUP}),
    "tenants:group-rename": OfWorkspace(kwargs={"group_id": GROUP}),
    "tenants:group-delete": OfWorkspace(kwargs={"group_id": GROUP}),
    "tenants:group-member-add": OfWorkspace(kwargs={"group_id": GROUP}),
    "tenants:group-member-remove": OfWorkspace(kwargs={"group_id": GROUP, "person_id": PERSON}),
    "tenants:invitation-list": OfWorkspace(),
    "tenants:invitation-create": OfWorkspace(),
    "tenants:invitation-revoke": OfWorkspace(kwargs={"invitation_id": INVITATION}),
}
# Who comes without the link of an open invitation finds nothing, signed in or not.
LINKED = {
    "tenants:invitation-open": "/invitation/guessed/",
    "tenants:invitation-accept": "/invitation/",
    "tenants:join-with-account": "/invitation/directory/",
}
OF_WORKSPACE = [name for name, row in ROWS.items() if isinstance(row, OfWorkspace)]

_OF_DRAFT = {"draft_id": DRAFT}
_OF_EVIDENCE = {"draft_id": DRAFT, "evidence_id": EVIDENCE}
_OF_RESTORE = {"restore_id": RUN}
_OF_TENANT = {"slug": "contoso"}
API = {
    "api:get_me": Asked(),
    "api:list_tenants": Asked(),
    "api:get_tenant": Asked(kwargs=_OF_TENANT),
    "api:list_access": Asked(kwargs=_OF_TENANT),
    "api:list_directory": Asked(kwargs=_OF_TENANT),
    "api:list_directory_kinds": Asked(kwargs=_OF_TENANT),
    "api:sync_directory": Asked(kwargs=_OF_TENANT, acts=("post",), reads=False),
    "api:capture_backup": Asked(kwargs=_OF_TENANT, acts=("post",), reads=False),
    "api:import_backup": Asked(kwargs=_OF_TENANT, acts=("post",), reads=False),
    "api:list_backups": Asked(),
    "api:get_backup": Asked(kwargs={"set_id": RUN}),
    "api:list_backup_items": Asked(kwargs={"set_id": RUN}),
    "api:get_backup_item": Asked(kwargs={"item_id": RUN}),
    "api:list_drafts": Asked(),
    "api:open_draft": Asked(acts=("post",), body={"tenant": "contoso"}, reads=False),
    "api:get_draft": Asked(kwargs=_OF_DRAFT),
    "api:list_draft_items": Asked(kwargs=_OF_DRAFT),
    "api:list_draft_changes": Asked(kwargs=_OF_DRAFT),
    "api:change_scope": Asked(kwargs=_OF_DRAFT, acts=("patch",), reads=False),
    "api:get_approval": Asked(kwargs=_OF_DRAFT),
    "api:ask_for_approval": Asked(
        kwargs=_OF_DRAFT, acts=("post",), body={"offer": "x"}, reads=False
    ),
    "api:run_checks": Asked(kwargs=_OF_DRAFT, acts=("post",), reads=False),
    "api:run_preview": Asked(kwargs=_OF_DRAFT, acts=("post",), reads=False),
    "api:list_evidence": Asked(kwargs=_OF_DRAFT),
    "api:get_evidence": Asked(kwargs=_OF_EVIDENCE),
    "api:list_findings": Asked(kwargs=_OF_EVIDENCE),
    "api:list_plan": Asked(kwargs=_OF_EVIDENCE),
    "api:get_readiness": Asked(kwargs=_OF_DRAFT),
    "api:get_confirmation": Asked(kwargs=_OF_DRAFT),
    "api:queue_draft": Asked(
        kwargs=_OF_DRAFT, acts=("post",), body={"mode": "restore", "offer": "x"}, reads=False
    ),
    "api:list_restores": Asked(),
    "api:get_restore": Asked(kwargs=_OF_RESTORE),
    "api:list_restore_items": Asked(kwargs=_OF_RESTORE),
    "api:get_restore_item": Asked(kwargs=_OF_RESTORE | {"item_id": ITEM}),
    "api:get_snapshot": Asked(kwargs=_OF_RESTORE),
    "api:issue_receipt": Asked(kwargs=_OF_RESTORE, acts=("post",), reads=False),
    "api:acknowledge_follow_up": Asked(
        kwargs=_OF_RESTORE, acts=("post",), body={"note": "x"}, reads=False
    ),
    "api:continue_restore": Asked(
        kwargs=_OF_RESTORE, acts=("post",), body={"items": "remaining"}, reads=False
    ),
    "api:undo_restore": Asked(kwargs=_OF_RESTORE, acts=("post",), reads=False),
    "api:list_operations": Asked(),
    "api:get_operation": Asked(kwargs={"operation_id": OPERATION}),
    "api:cancel_operation": Asked(kwargs={"operation_id": OPERATION}, acts=("post",), reads=False),
    "api:list_audit_events": Asked(),
}
OWNED = {name: row for name, row in ROWS.items() if isinstance(row, Owned)}
NAMED = [name for name, row in ROWS.items() if isinstance(row, Named)]
SHARED = {name: row for name, row in ROWS.items() if isinstance(row, Shared)}

SCOPED = [model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")]


def token_for(person, tenant=None, **ids):
    """What a script of the person's shows: every scope."""
    made = create_token(
        actor=person,
        name=f"Script of {person}",
        scopes=TokenScope,
        tenant=tenant,
        valid_for=timedelta(days=1),
        now=timezone.now(),
    )
    if ids:
        ApiToken.objects.filter(pk=made.token.pk).update(**ids)
    return made.text


def fill(tenant, person, **ids):
    """A row of every kind in the tenant; what a page would show of it says whose it is."""
    operation = OperationRunFactory(
        **({"pk": ids["operation"]} if ids else {}),
        tenant=tenant,
        initiator=person,
        title=f"Work on {tenant.name}",
        completed=True,
    )
    NotificationFactory(run=operation, headline=f"Work on {tenant.name} finished")
    run = RestoreRunFactory(
        **({"pk": ids["run"], "backup_set__pk": ids["run"]} if ids else {}),
        tenant=tenant,
        requested_by=person,
        backup_set__label=f"Backup of {tenant.name}",
    )
    item = RestoreItemFactory(
        **({"pk": ids["item"], "plan_item__backup_item__pk": ids["run"]} if ids else {}),
        run=run,
        plan_item__backup_item__name=f"Policy of {tenant.name}",
    )
    WriteApprovalFactory(write=RestoreWriteFactory(item=item))
    FollowUpNoteFactory(run=run)
    draft = DraftFactory(
        **({"pk": ids["draft"]} if ids else {}),
        tenant=tenant,
        owner=person,
        backup_set=run.backup_set,
    )
    DraftChange.objects.create(
        tenant=tenant,
        draft=draft,
        cause=ChangeCause.SCOPE_MODE_CHANGED,
        field="mode",
        before="all",
        after="selected",
        at=timezone.now(),
    )
    BackupUpload.objects.create(
        tenant=tenant, filename=f"{tenant.name}.zip", uploaded_by=person, uploaded_at=timezone.now()
    )
    evidence = EvidenceFactory(
        **({"pk": ids["evidence"]} if ids else {}), draft=draft, kind="checks", plan_hash=""
    )
    FindingFactory(evidence=evidence)
    ApprovalRequestFactory(
        **({"pk": ids["approval"]} if ids else {}),
        draft=draft,
        checks=evidence,
        preview=run.preview,
        requested_by=person,
        reason=f"Change of {tenant.name}",
    )
    ChangeWindowFactory(
        **({"pk": ids["window"]} if ids else {}),
        tenant=tenant,
        reason=f"Stock taking of {tenant.name}",
    )
    connection = ProviderConnectionFactory(tenant=tenant)
    ProviderPace.objects.create(
        cloud=connection.cloud,
        directory_id=connection.directory_id,
        client_id=connection.client_id,
        workload="intune",
        next_free_at=timezone.now(),
        held_until=timezone.now(),
        reads_free_at=timezone.now(),
        reads_held_until=timezone.now(),
    )
    DirectoryObjectFactory(
        tenant=tenant,
        name=f"Group of {tenant.name}",
        sync__directory_id=connection.directory_id,
    )
    fellow = UserFactory(
        **({"pk": ids["fellow"]} if ids else {}), username=f"fellow-of-{tenant.slug}"
    )
    bootstrap_role(user=fellow, tenant=tenant, role=Role.AUDITOR)
    group = WorkspaceGroupFactory(
        **({"group__pk": ids["group"]} if ids else {}),
        workspace=tenant.workspace,
        name=f"Group of {tenant.name}",
    )
    group.group.user_set.add(fellow)
    TenantGroupPermission.objects.assign_perm(Capability.VIEW, group.group, tenant)
    InvitationFactory(
        **({"pk": ids["invitation"]} if ids else {}),
        tenant=tenant,
        invited_by=person,
        invitee=f"Friend of {tenant.name}",
    )
    token_for(person, tenant, **({"id": ids["token"]} if ids else {}))
    trail.record(action="probe.written", actor=person, tenant=tenant)


@pytest.fixture
def _both_filled(tenant, other_tenant, owner, outsider):
    fill(
        tenant,
        owner,
        operation=OPERATION,
        run=RUN,
        item=ITEM,
        draft=DRAFT,
        evidence=EVIDENCE,
        token=TOKEN,
        fellow=PERSON,
        group=GROUP,
        invitation=INVITATION,
        window=WINDOW,
        approval=APPROVAL,
    )
    fill(other_tenant, outsider)


def patterns(resolver, namespace=""):
    """Every address under the resolver, by the name it is reversed with."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        else:
            within = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from patterns(pattern, f"{namespace}{within}")


def admin_addresses():
    """The pages of the admin, each with something in place of what it asks for."""
    filling = {"object_id": "1", "id": "1", "content_type_id": 1, "app_label": "tenants"}
    for name, pattern in patterns(get_resolver()):
        if not name.startswith("admin:") or name in PUBLIC:
            continue
        if pattern.name is None:
            yield "/admin/anything/"
            continue
        asked = [*pattern.pattern.converters, *pattern.pattern.regex.groupindex]
        yield reverse(name, kwargs={key: filling[key] for key in asked})


def address(name):
    row = ROWS.get(name) or API[name]
    if isinstance(row, OfWorkspace):
        return reverse(name, kwargs={"slug": "contoso-services", **row.kwargs})
    if isinstance(row, Owned):
        return reverse(name, kwargs=row.kwargs) + row.query
    return reverse(name, kwargs=getattr(row, "kwargs", None))


def asked(text, name):
    """How the API answers at the address: reading it, and each act it takes."""
    browser, row = Client(), API[name]
    bearer = {"Authorization": f"Bearer {text}"}
    answers = [browser.get(address(name), headers=bearer)] if row.reads else []
    for method in row.acts:
        if name == "api:import_backup":
            file = SimpleUploadedFile("a.zip", b"x")
            answers.append(browser.post(address(name), {"file": file}, headers=bearer))
        else:
            answers.append(
                browser.generic(
                    method.upper(),
                    address(name),
                    json.dumps(row.body),
                    content_type="application/json",
                    headers=bearer,
                )
            )
    return answers


def said(answer):
    """What an answer holds, streamed or not."""
    return answer.getvalue().decode()


def statuses(browser, name):
    """How a page and a form at the address are answered."""
    return {browser.get(address(name)).status_code, browser.post(address(name)).status_code}


def test_every_address_has_a_row():
    named = {name for name, _ in patterns(get_resolver()) if not name.startswith("admin:")}

    assert named == {*ROWS, *API, *PUBLIC, *LINKED} - {"admin:login"}


@pytest.mark.usefixtures("_both_filled")
def test_nobody_is_sent_to_sign_in_wherever_they_go(client):
    answers = {name: (client.get(address(name)), client.post(address(name))) for name in ROWS}

    sign_in = f"{reverse('tenants:sign-in')}?next="
    assert {
        name: [(answer.status_code, answer.url.startswith(sign_in)) for answer in given]
        for name, given in answers.items()
    } == {name: [(302, True), (302, True)] for name in ROWS}


@pytest.mark.usefixtures("_both_filled")
def test_api_opens_to_a_token_alone(sign_in, owner):
    browsers = (Client(), sign_in(owner))

    answers = {
        name: {
            getattr(browser, method)(address(name)).status_code
            for browser in browsers
            for method in ("get", "post", "patch")
        }
        for name in API
    }

    assert {name: given - {405} for name, given in answers.items()} == {name: {401} for name in API}


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize("person", ["outsider", "member"])
def test_api_knows_nothing_of_another_tenant(request, person):
    text = token_for(request.getfixturevalue(person))

    answers = {name: asked(text, name) for name in API}

    for name, given in answers.items():
        reached = [one.status_code for one in given]
        expected = [200] if API[name].reads and not API[name].kwargs else [404]
        assert (name, reached) == (name, expected)
        assert (name, [UNSAID in one.text for one in given]) == (name, [False] * len(given))


@pytest.mark.usefixtures("_both_filled")
def test_api_tells_the_owner_what_it_does_not_tell_the_outsider(owner):
    text = token_for(owner)

    missing = [name for name in API if 404 in {one.status_code for one in asked(text, name)}]

    assert missing == []


@pytest.mark.usefixtures("_both_filled")
def test_token_of_another_person_does_not_exist(sign_in, owner, manager, outsider):
    answers = [statuses(sign_in(one), "tenants:token-revoke") for one in (manager, outsider)]

    assert answers == [{404}, {404}]
    assert sign_in(owner).get(address("tenants:token-revoke")).status_code == 200


@pytest.mark.django_db
def test_nobody_reaches_the_public_addresses_alone(client):
    asked = {"account_reset_password_from_key": {"uidb36": "1", "key": "nothing"}}

    answers = {name: client.get(reverse(name, kwargs=asked.get(name))) for name in PUBLIC}

    assert {name: answer.status_code for name, answer in answers.items()} == PUBLIC


@pytest.mark.parametrize("person", ["outsider", "owner", None])
def test_admin_is_for_staff_alone(request, client, sign_in, db, person):
    browser = sign_in(request.getfixturevalue(person)) if person else client

    answers = {each: browser.get(each) for each in admin_addresses()}

    assert len(answers) > 30
    assert {each: answer.status_code for each, answer in answers.items()} == dict.fromkeys(
        answers, 302
    )


@pytest.mark.usefixtures("_both_filled")
def test_owner_finds_what_the_outsider_must_not(sign_in, owner):
    browser = sign_in(owner)

    missing = [
        name for name in (*OWNED, *OF_WORKSPACE) if browser.get(address(name)).status_code == 404
    ]

    assert missing == []


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize("person", ["outsider", "member"])
def test_what_another_tenant_owns_does_not_exist(request, sign_in, person):
    browser = sign_in(request.getfixturevalue(person))

    answers = {name: statuses(browser, name) for name in OWNED}

    assert {name: given - {405} for name, given in answers.items()} == {
        name: {404} for name in OWNED
    }


@pytest.mark.usefixtures("_both_filled")
def test_people_of_another_workspace_do_not_exist(sign_in, outsider):
    browser = sign_in(outsider)

    answers = {name: statuses(browser, name) for name in OF_WORKSPACE}

    assert {name: given - {405} for name, given in answers.items()} == {
        name: {404} for name in OF_WORKSPACE
    }


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize("person", ["member", "auditor", "operator", "manager"])
def test_people_are_for_who_decides_on_access(request, sign_in, person):
    browser = sign_in(request.getfixturevalue(person))

    answers = {name: statuses(browser, name) for name in OF_WORKSPACE}

    assert {name: given - {405} for name, given in answers.items()} == {
        name: {403} for name in OF_WORKSPACE
    }


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize("person", ["outsider", "owner", None])
def test_guessed_link_leads_nowhere(request, client, sign_in, person):
    browser = sign_in(request.getfixturevalue(person)) if person else client

    answers = {
        name: {browser.get(at).status_code, browser.post(at).status_code} - {405}
        for name, at in LINKED.items()
    }

    assert answers == {name: {404} for name in LINKED}


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize("slug", ["contoso", "nowhere", "\0", "contoso\0"])
def test_form_that_names_another_tenant_finds_none(sign_in, outsider, slug):
    browser = sign_in(outsider)

    answers = {name: browser.post(address(name), {"tenant": slug}) for name in NAMED}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        NAMED, 404
    )


@pytest.mark.usefixtures("_both_filled")
def test_shared_page_says_nothing_of_another_tenant(sign_in, owner, outsider):
    for name, row in SHARED.items():
        seen = getattr(sign_in(outsider), row.method)(address(name))

        assert (name, seen.status_code) == (name, row.status)
        assert (name, UNSAID in said(seen)) == (name, False)
    for name in NAMED:
        assert (name, UNSAID in sign_in(outsider).get(address(name)).text) == (name, False)
        assert (name, UNSAID in sign_in(owner).get(address(name)).text) == (name, True)


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize(
    "name",
    [
        "home",
        "restores:run-list",
        "restores:draft-list",
        "backups:set-list",
        "operations:run-list",
        "operations:notification-list",
        "audit:event-list",
        "audit:event-csv",
        "audit:event-json",
        "tenants:tenant-list",
    ],
)
def test_shared_page_would_have_named_the_tenant(sign_in, owner, name):
    assert UNSAID in said(sign_in(owner).get(address(name)))


@pytest.mark.usefixtures("_both_filled")
@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label)
def test_rows_are_visible_in_their_own_workspace_alone(model, owner, outsider, member):
    where = "slug" if model is Tenant else "tenant__slug"

    seen = [
        set(model._default_manager.visible_to(person).values_list(where, flat=True))
        for person in (owner, outsider, member)
    ]

    assert seen == [{"contoso"}, {"fabrikam"}, set()]
