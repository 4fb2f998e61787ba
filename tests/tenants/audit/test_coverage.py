"""Every write leaves an event, and so does every refusal of one, whatever address it came by."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.truth.fingerprint import fingerprint_of
from tenants.access.service import bootstrap_role
from tenants.models import ApiToken, AuditEvent, AuditOutcome
from tenants.models.capabilities import Role
from tests.factories import (
    PASSWORD,
    ChangeWindowFactory,
    InvitationFactory,
    MembershipFactory,
    ProviderConnectionFactory,
    UserFactory,
    WorkspaceGroupFactory,
)
from tests.operations.factories import NotificationFactory, OperationRunFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    ApprovalRequestFactory,
    DraftFactory,
    EvidenceFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    item_of,
)
from tests.test_isolation import (  # a fixture among them
    ROWS,
    _both_filled,  # noqa: F401 -- a fixture
    address,
    token_for,
)


class World:
    """What the posts below act on, made when it is asked for."""

    def __init__(self, tenant, owner):
        self.tenant, self.owner = tenant, owner

    def backup(self):
        made = BackupSetFactory(tenant=self.tenant, item_count=1)
        BackupItemFactory(backup_set=made)
        return made

    def draft(self, **values):
        return DraftFactory(
            tenant=self.tenant, owner=self.owner, backup_set=self.backup(), **values
        )

    def run(self, fact=WRITTEN, **values):
        run = RestoreRunFactory(
            tenant=self.tenant, requested_by=self.owner, backup_set=self.backup(), **values
        )
        item_of(run, fact)
        return run

    def written(self):
        """A restore of the connected tenant that is known to have written."""
        self.connected()
        run = self.run()
        RestoreWriteFactory(item=run.items.get())
        return run

    def archived(self):
        return self.run(archived_at=NOW + timedelta(hours=2), archived_by=self.owner)

    def fellow(self):
        user = UserFactory()
        bootstrap_role(user=user, tenant=self.tenant, role=Role.AUDITOR)
        return user

    def group(self):
        return WorkspaceGroupFactory(workspace=self.tenant.workspace)

    def token(self):
        token_for(self.owner)
        return ApiToken.objects.get(user=self.owner)

    def request(self, **values):
        """A request that can be decided on: its evidence speaks for its draft."""
        asking = UserFactory()
        bootstrap_role(user=asking, tenant=self.tenant, role=Role.OPERATOR)
        draft = self.draft()
        scope = draft.to_truth()
        evidence = {
            kind: EvidenceFactory(
                draft=draft,
                kind=kind,
                fingerprint=fingerprint_of(scope),
                scope=scope.to_json(),
                **({"plan_hash": ""} if kind == "checks" else {}),
            )
            for kind in ("checks", "preview")
        }
        return ApprovalRequestFactory(
            **{"draft": draft, "requested_by": asking} | evidence | values
        )

    def connected(self):
        return ProviderConnectionFactory(tenant=self.tenant)


def _zip():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        policy = {"@odata.type": "#microsoft.graph.windows10CompliancePolicy", "displayName": "A"}
        archive.writestr("DeviceCompliancePolicies/A.json", json.dumps(policy))
    content.seek(0)
    content.name = "backup.zip"
    return content


def _of_run(act, **values):
    return lambda world: (reverse(f"restores:run-{act}", args=[world.run(**values).pk]), {})


def _of_tenant(name, **values):
    return lambda world: (reverse(f"tenants:{name}", args=[world.tenant.slug]), values)


def _of_workspace(page, *keys, **values):
    return lambda world: (
        reverse(
            f"tenants:{page}", args=[world.tenant.workspace.slug, *(key(world) for key in keys)]
        ),
        values,
    )


def _role_given(world):
    address = reverse("tenants:access-person-role", args=[world.tenant.slug, world.fellow().pk])
    return address, {"role": "operator", "seen": "view_tenant"}


def _token_taken(world):
    keys = [world.tenant.slug, world.token().pk]
    return reverse("tenants:access-token-revoke", args=keys), {}


def _group_role_given(world):
    group = world.group().group_id
    return reverse("tenants:access-group-role", args=[world.tenant.slug, group]), {
        "role": "operator",
        "seen": "",
    }


def _joined(world):
    member = MembershipFactory(workspace=world.tenant.workspace).user
    return reverse(
        "tenants:group-member-add", args=[world.tenant.workspace.slug, world.group().group_id]
    ), {"person": member.pk}


def _left(world):
    group, member = world.group(), world.fellow()
    group.group.user_set.add(member)
    keys = [world.tenant.workspace.slug, group.group_id, member.pk]
    return reverse("tenants:group-member-remove", args=keys), {}


def _drafted(world):
    draft = world.draft()
    return reverse("restores:draft-step", args=[draft.pk, "backup"]), {
        f"draft-{draft.pk}-current_step": "backup",
        "seen": fingerprint_of(draft.to_truth()),
        "backup-backup_set": str(world.backup().pk),
    }


def _captured(world):
    world.connected()
    return reverse("restores:draft-capture", args=[world.draft().pk, "checks"]), {}


def _cancelled(world):
    run = OperationRunFactory(tenant=world.tenant, initiator=world.owner, running=True)
    return reverse("operations:run-cancel", args=[run.pk]), {}


def _approved(world):
    asked = world.request()
    return reverse("restores:approval-decide", args=[asked.pk]), {
        "decision": "approve",
        "reason": "Looked at it",
    }


def _window_removed(world):
    window = ChangeWindowFactory(tenant=world.tenant)
    return reverse("tenants:change-window-remove", args=[world.tenant.slug, window.pk]), {}


def _read(world):
    run = OperationRunFactory(tenant=world.tenant, initiator=world.owner, completed=True)
    NotificationFactory(run=run)
    return reverse("operations:notification-read-all"), {}


def _verified(world):
    world.connected()
    return reverse("tenants:connection-verify", args=[world.tenant.slug]), {}


def _connected(world):
    return reverse("tenants:connection-change", args=[world.tenant.slug]), {
        "cloud": "emulator",
        "directory_id": "00000000-0000-4000-8000-000000000009",
        "client_id": "an-app",
        "credential_kind": "secret",
        "secret": "of-the-app",
    }


# How an entitled person posts to each address, and what the trail then says of it.
POSTS = {
    "restores:draft-create": (
        lambda world: (reverse("restores:draft-create"), {"tenant": world.tenant.slug}),
        "restore_draft.opened",
    ),
    "restores:draft-step": (_drafted, "restore_draft.changed"),
    "restores:draft-capture": (_captured, "operation.queued"),
    "restores:draft-queue": (
        lambda world: (reverse("restores:draft-queue", args=[world.draft().pk]), {}),
        "restore.refused",
    ),
    "restores:draft-discard": (
        lambda world: (reverse("restores:draft-discard", args=[world.draft().pk]), {}),
        "restore_draft.discarded",
    ),
    "restores:run-follow-up": (_of_run("follow-up", fact=REFUSED), "restore.taken_up"),
    "restores:run-acknowledge": (
        lambda world: (
            reverse("restores:run-acknowledge", args=[world.run(REFUSED).pk]),
            {"note": "Known."},
        ),
        "restore.follow_up_acknowledged",
    ),
    "restores:run-rerun": (_of_run("rerun"), "restore.rerun"),
    "restores:run-undo": (
        lambda world: (reverse("restores:run-undo", args=[world.written().pk]), {}),
        "restore.undo_prepared",
    ),
    "restores:run-archive": (_of_run("archive"), "restore.archived"),
    "restores:run-unarchive": (
        lambda world: (reverse("restores:run-unarchive", args=[world.archived().pk]), {}),
        "restore.unarchived",
    ),
    "restores:run-delete": (
        lambda world: (reverse("restores:run-delete", args=[world.archived().pk]), {}),
        "restore.deleted",
    ),
    "backups:capture": (
        lambda world: (
            reverse("backups:capture"),
            {"tenant": world.connected().tenant.slug, "label": "Nightly"},
        ),
        "operation.queued",
    ),
    "directory:sync": (
        lambda world: (
            reverse("directory:sync", args=[world.connected().tenant.slug]),
            {},
        ),
        "operation.queued",
    ),
    "backups:upload": (
        lambda world: (
            reverse("backups:upload"),
            {"tenant": world.tenant.slug, "file": _zip(), "label": ""},
        ),
        "operation.queued",
    ),
    "backups:set-delete": (
        lambda world: (reverse("backups:set-delete", args=[world.backup().pk]), {}),
        "backup.deleted",
    ),
    "operations:notification-read-all": (_read, "notifications.read"),
    "operations:run-cancel": (_cancelled, "operation.cancel_requested"),
    "tenants:preferences": (
        lambda world: (reverse("tenants:preferences"), {"time_zone": "Europe/Berlin"}),
        "preferences.changed",
    ),
    "tenants:token-create": (
        lambda world: (
            reverse("tenants:token-create"),
            {"name": "CI", "scopes": ["read"], "tenant": "", "days": "7"},
        ),
        "token.created",
    ),
    "tenants:token-revoke": (
        lambda world: (reverse("tenants:token-revoke", args=[world.token().pk]), {}),
        "token.revoked",
    ),
    "tenants:sign-out": (lambda world: (reverse("tenants:sign-out"), {}), "sign_out.succeeded"),
    "tenants:connection-change": (_connected, "connection.changed"),
    "tenants:connection-verify": (_verified, "connection.verification_failed"),
    "tenants:write-gate-set": (_of_tenant("write-gate-set", gate="closed"), "write_gate.closed"),
    "restores:approval-decide": (_approved, "restore.approved"),
    "restores:approval-withdraw": (
        lambda world: (
            reverse(
                "restores:approval-withdraw",
                args=[world.request(requested_by=world.owner).pk],
            ),
            {},
        ),
        "restore.approval_withdrawn",
    ),
    "tenants:four-eyes-set": (
        _of_tenant("four-eyes-set", needed="yes", hours="24"),
        "four_eyes.raised",
    ),
    "tenants:change-window-add": (
        _of_tenant(
            "change-window-add",
            effect="freeze",
            reason="Stock taking",
            time_zone="UTC",
            repeats="weekly",
            weekdays=["0"],
            start_time="08:00",
            hours="2",
        ),
        "change_window.added",
    ),
    "tenants:change-window-remove": (_window_removed, "change_window.removed"),
    "tenants:access-person-role": (_role_given, "access.changed"),
    "tenants:access-group-role": (_group_role_given, "access.granted"),
    "tenants:member-remove": (
        _of_workspace("member-remove", lambda world: world.fellow().pk),
        "membership.removed",
    ),
    "tenants:group-create": (_of_workspace("group-create", name="Night shift"), "group.added"),
    "tenants:group-rename": (
        _of_workspace("group-rename", lambda world: world.group().group_id, name="Day shift"),
        "group.renamed",
    ),
    "tenants:group-delete": (
        _of_workspace("group-delete", lambda world: world.group().group_id),
        "group.deleted",
    ),
    "tenants:group-member-add": (_joined, "group.member_added"),
    "tenants:group-member-remove": (_left, "group.member_removed"),
    "tenants:invitation-create": (
        _of_workspace("invitation-create", invitee="ada@example.com"),
        "invitation.created",
    ),
    "tenants:invitation-revoke": (
        _of_workspace("invitation-revoke", lambda world: InvitationFactory(tenant=world.tenant).pk),
        "invitation.revoked",
    ),
    "tenants:access-token-revoke": (_token_taken, "token.revoked"),
}


# What each of these leaves in the trail is walked in tests/tenants/sign_in.
OF_SIGNING_IN = {
    "account_change_password",
    "account_reauthenticate",
    "account_set_password",
    "admin-password-change",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "tenants:account-connect",
    "tenants:account-disconnect",
    "tenants:prove-with-account",
}


# What everybody signed in may do to what is theirs alone.
THEIR_OWN = {
    "tenants:sign-out",
    "tenants:preferences",
    "tenants:token-create",
    "tenants:token-revoke",
}


@pytest.fixture
def world(tenant, owner, settings):
    settings.GRAPH_EMULATOR_URL = "http://127.0.0.1:9"  # where nobody answers
    return World(tenant, owner)


@pytest.mark.usefixtures("_both_filled")
def test_every_address_that_takes_a_post_is_walked(sign_in, auditor):
    taking = {name for name in ROWS if sign_in(auditor).post(address(name)).status_code != 405}

    assert taking == set(POSTS) | OF_SIGNING_IN


@pytest.mark.parametrize("name", POSTS)
def test_post_of_an_entitled_person_leaves_an_event(sign_in, world, owner, name):
    posted, action = POSTS[name]
    url, values = posted(world)
    browser = sign_in(owner)
    newest = AuditEvent.objects.latest("pk").pk

    browser.post(url, values, REMOTE_ADDR="192.0.2.7")

    events = AuditEvent.objects.filter(pk__gt=newest)
    assert action in {event.action for event in events}
    assert {(event.actor, event.address, len(event.request_id)) for event in events} == {
        (owner, "192.0.2.7", 32)
    }


@pytest.mark.usefixtures("_both_filled")
def test_every_refused_post_leaves_a_denial(sign_in, auditor):
    browser = sign_in(auditor)
    refused = {}
    for name in POSTS:
        if name in THEIR_OWN:
            continue
        newest = AuditEvent.objects.latest("pk").pk
        answer = browser.post(address(name), {"tenant": "contoso"})
        if answer.status_code == 403:
            denials = AuditEvent.objects.filter(pk__gt=newest, outcome=AuditOutcome.DENIED)
            refused[name] = [(event.action, event.actor) for event in denials]

    assert set(refused) == set(POSTS) - THEIR_OWN - {"operations:notification-read-all"}
    assert [one for one in refused.values() if one != [("access.denied", auditor)]] == []
    assert RestoreDraft.objects.count() == 4
    assert RestoreRun.objects.count() == 2


def test_refusal_nobody_else_wrote_down_is_an_event(sign_in, auditor):
    browser = sign_in(auditor)

    answer = browser.post(reverse("backups:capture"), {})

    event = AuditEvent.objects.get(outcome=AuditOutcome.DENIED)
    assert (answer.status_code, event.action, event.actor) == (403, "request.refused", auditor)
    assert len(event.detail.pop("salt")) == 32
    assert event.detail == {
        "method": "POST",
        "path": "/backups/capture/",
        "page": "POST /backups/capture/",
    }


def test_forged_post_is_an_event(owner, tenant):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")

    answer = browser.post(reverse("tenants:write-gate-set", args=[tenant.slug]), {})

    event = AuditEvent.objects.get(outcome=AuditOutcome.DENIED)
    assert (answer.status_code, event.action, event.actor) == (403, "request.refused", owner)


def test_page_that_only_shows_a_reason_is_no_refused_write(sign_in, auditor):
    answer = sign_in(auditor).get(reverse("backups:capture"))

    assert answer.status_code == 403
    assert not AuditEvent.objects.filter(outcome=AuditOutcome.DENIED).exists()


def test_sign_in_and_out_are_events(client, operator):
    client.post(
        reverse("tenants:sign-in"),
        {"username": "operator", "password": PASSWORD},
        REMOTE_ADDR="192.0.2.7",
    )
    client.post(reverse("tenants:sign-out"))

    events = AuditEvent.objects.filter(actor=operator).order_by("pk")
    assert [(event.action, event.outcome, event.workspace) for event in events] == [
        ("sign_in.succeeded", "allowed", None),
        ("sign_out.succeeded", "allowed", None),
    ]
    assert (events[0].address, len(events[0].request_id)) == ("192.0.2.7", 32)


@pytest.mark.parametrize("door", ["tenants:sign-in", "account_login"])
def test_failed_sign_in_is_an_event_without_the_password(client, operator, door):
    name = "operator" + "x" * 60
    for username in ("operator", name):
        client.post(reverse(door), {"username": username, "password": "hunter2-hunter2"})

    events = AuditEvent.objects.filter(action="sign_in.failed").order_by("pk")
    assert [
        (event.actor, event.outcome, event.subject, event.detail["username"]) for event in events
    ] == [
        (None, "denied", f"user:{operator.pk}", "operator"),
        (None, "denied", "", name[:40]),
    ]
    assert "hunter2" not in str(list(AuditEvent.objects.values()))


def test_sign_out_of_nobody_is_no_event(client, db):
    client.logout()

    assert not AuditEvent.objects.exists()


def test_export_of_a_restore_is_an_event(sign_in, world, owner):
    run = world.run()
    for kind in ("csv", "json"):
        sign_in(owner).get(reverse(f"restores:run-items-{kind}", args=[run.pk])).getvalue()

    exported = AuditEvent.objects.filter(action="restore.exported").order_by("pk")
    assert [(event.actor, event.subject, event.detail["form"]) for event in exported] == [
        (owner, f"restore_run:{run.pk}", "csv"),
        (owner, f"restore_run:{run.pk}", "json"),
    ]
