"""What may be read: everything its pages show, in a constant number of queries, and no secret."""

import json
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from restore_safety.models import RestoreDraft
from restore_safety.truth.fingerprint import fingerprint_of
from tenants.access.service import bootstrap_role, grant_group_role
from tenants.audit import trail
from tenants.membership.groups import add_to_group, create_group
from tenants.models import ApiToken, AuditEvent
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tenants.models.token_scopes import TokenScope
from tests.factories import UserFactory
from tests.restore_safety.api.conftest import World
from tests.restore_safety.factories import BackupItemFactory, PolicyPayloadFactory
from tests.restore_safety.factories_runs import (
    WRITTEN,
    FindingFactory,
    PlanItemFactory,
    broad,
    item_of,
)

ADDRESSES = (
    "/me",
    "/tenants",
    "/tenants/{slug}",
    "/tenants/{slug}/access",
    "/backups",
    "/backups/{set_id}",
    "/backups/{set_id}/items",
    "/backup-items/{item_id}",
    "/drafts",
    "/drafts/{draft_id}",
    "/drafts/{draft_id}/items",
    "/drafts/{draft_id}/changes",
    "/drafts/{draft_id}/evidence",
    "/drafts/{draft_id}/evidence/{evidence_id}",
    "/drafts/{draft_id}/evidence/{evidence_id}/findings",
    "/drafts/{draft_id}/evidence/{evidence_id}/plan",
    "/drafts/{draft_id}/readiness",
    "/drafts/{draft_id}/confirmation",
    "/restores",
    "/restores/{restore_id}",
    "/restores/{restore_id}/items",
    "/restores/{restore_id}/items/{item_id}",
    "/restores/{restore_id}/snapshot",
    "/operations",
    "/operations/{operation_id}",
    "/audit-events",
)
OWNED = tuple(one for one in ADDRESSES if "{" in one)
LISTS = {
    "/tenants": 8,
    "/tenants/{slug}/access": 10,
    "/backups": 5,
    "/backups/{set_id}/items": 7,
    "/drafts": 6,
    "/drafts/{draft_id}/items": 6,
    "/drafts/{draft_id}/changes": 6,
    "/drafts/{draft_id}/evidence": 8,
    "/drafts/{draft_id}/evidence/{evidence_id}/findings": 6,
    "/drafts/{draft_id}/evidence/{evidence_id}/plan": 6,
    "/restores": 10,
    "/restores/{restore_id}/items": 8,
    "/operations": 10,
    "/audit-events": 6,
}


def at(address, world, **changes):
    ids = world.ids | {"item_id": world.id_at(address, "item_id")} | changes
    return address.format(**ids)


def counted(script, path):
    script.get(path)  # what is noted once a minute is noted here
    with CaptureQueriesContext(
        database,
    ) as queries:
        answer = script.get(path)
    return answer, len(queries)


@pytest.mark.parametrize("address", ADDRESSES)
def test_everything_is_read_with_the_scope_for_it(world, operator, script_of, address):
    answer = script_of(operator, TokenScope.READ).get(at(address, world))

    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if "count" in answer.json():
        assert answer.json()["count"] == len(answer.json()["items"]) or address == "/audit-events"


@pytest.mark.parametrize("address", ADDRESSES)
def test_reading_changes_nothing_and_leaves_no_event(world, operator, script_of, address):
    script = script_of(operator, TokenScope.READ)
    newest = AuditEvent.objects.latest("pk").pk

    with CaptureQueriesContext(database) as queries:
        script.get(at(address, world))

    asked = [one["sql"] for one in queries]
    writing = [sql for sql in asked if not sql.lstrip("(").startswith("SELECT")]
    assert [one for one in writing if "tenants_apitoken" not in one] == []
    assert AuditEvent.objects.latest("pk").pk == newest


@pytest.mark.parametrize("address", OWNED)
def test_what_another_owns_is_answered_like_what_is_not_there(
    world, other_world, operator, script_of, address
):
    script = script_of(operator)
    nothing = "00000000-0000-4000-8000-00000000dead"
    missing = dict.fromkeys(world.ids, nothing) | {"slug": "nowhere"}
    missing |= {"item_id": 10**9 if "restores" in address else nothing}

    answers = [
        counted(script, at(address, other_world)),
        counted(script, address.format(**missing)),
    ]

    assert [one.status_code for one, _ in answers] == [404, 404]
    assert answers[0][0].json() == answers[1][0].json()
    assert answers[0][1] == answers[1][1]


@pytest.mark.usefixtures("world", "other_world")
@pytest.mark.parametrize("address", [one for one in ADDRESSES if "{" not in one])
def test_list_tells_nothing_of_another_workspace(outsider, operator, script_of, address):
    assert "Contoso" not in script_of(outsider).get(address).text
    if address != "/me":
        assert "Contoso" in script_of(operator).get(address).text


@pytest.mark.parametrize("address", LISTS)
def test_list_asks_the_same_number_of_queries_for_more_rows(world, operator, script_of, address):
    script = script_of(operator)
    few, before = counted(script, at(address, world))

    again = World(world.tenant, operator)
    bootstrap_role(user=UserFactory(), tenant=world.tenant, role=Role.AUDITOR)
    for number in range(3):
        item = BackupItemFactory(backup_set=world.backup_set, name=f"More {number}")
        FindingFactory(evidence=world.preview, position=10 + number)
        PlanItemFactory(evidence=world.preview, backup_item=item, position=10 + number)
        item_of(world.run, WRITTEN)
        script.patch(f"/drafts/{world.draft.pk}/scope", {"include_assignments": bool(number % 2)})
        script.post(f"/drafts/{world.draft.pk}/checks")
    more, after = counted(script, at(address, world))

    assert again.draft.pk != world.draft.pk
    if address != "/tenants":
        assert more.json()["count"] > few.json()["count"]
    assert (before, after) == (before, before)


def test_pages_of_a_list_cover_it_once(world, operator, script_of):
    for number in range(7):
        BackupItemFactory(backup_set=world.backup_set, name=f"More {number}", position=100 + number)
    script = script_of(operator)

    seen = []
    for offset in range(0, 12, 3):
        page = script.get(f"/backups/{world.backup_set.pk}/items?limit=3&offset={offset}").json()
        assert (page["count"], page["limit"], page["offset"]) == (9, 3, offset)
        seen += [one["id"] for one in page["items"]]

    assert len(seen) == len(set(seen)) == 9
    assert set(seen) == {str(one.pk) for one in world.items}


def test_me_says_whom_the_token_stands_for(world, operator, script_of):
    answer = script_of(operator, TokenScope.READ, TokenScope.CAPTURE, tenant=world.tenant)

    told = answer.get("/me").json()

    token = ApiToken.objects.get()
    assert told["username"] == "operator"
    assert told["token"] == {
        "prefix": token.prefix,
        "name": "nightly",
        "scopes": ["read", "capture"],
        "tenant": {"slug": "contoso", "name": "Contoso"},
        "expires_at": told["token"]["expires_at"],
    }


def test_tenant_says_what_the_token_may_do_there_and_never_its_credential(
    world, owner, script_of, connection
):
    answer = script_of(owner, TokenScope.READ, TokenScope.CAPTURE).get("/tenants/contoso")

    assert answer.json()["capabilities"] == ["capture_backup", "view_tenant"]
    assert answer.json()["connection"]["state"] == "verified"
    assert "emulated-client-secret" not in answer.text
    assert connection.encrypted_credential not in answer.text


def test_content_of_a_policy_is_shown_with_its_secrets_masked(world, operator, script_of):
    body = {"@odata.type": "#microsoft.graph.x", "omaSettings": [], "clientSecret": "hunter2"}
    item = BackupItemFactory(
        backup_set=world.backup_set,
        payload=PolicyPayloadFactory(tenant=world.tenant, body=json.dumps(body)),
    )

    answer = script_of(operator).get(f"/backup-items/{item.pk}")

    assert "hunter2" not in answer.text
    assert answer.json()["content"]["omaSettings"] == []


def test_draft_tells_its_scope_and_fingerprint(world, operator, script_of):
    told = script_of(operator).get(f"/drafts/{world.draft.pk}").json()

    scope = RestoreDraft.objects.get(pk=world.draft.pk).to_truth()
    assert told["fingerprint"] == fingerprint_of(scope)
    assert (told["scope"]["mode"], told["scope"]["item_count"]) == ("all", 2)
    assert told["scope"]["backup_digest"] == world.backup_set.digest


def test_readiness_keeps_its_two_answers_apart(world, operator, script_of):
    script = script_of(operator)

    told = script.get(f"/drafts/{world.draft.pk}/readiness").json()

    assert told["can_start"] is True
    assert told["safety"]["code"] == "ready_with_caution"
    assert told["positive_claim_suppressed"] is True
    assert told["primary_issue"]["code"] == "warnings_found"
    assert told["next_action"]["code"] == "acknowledge_warnings"
    assert [one["key"] for one in told["acknowledgements"]] == [broad("1")]
    assert (told["checks"]["state"], told["preview"]["state"]) == ("current", "current")
    assert told["refusals"] == []


def test_readiness_is_that_of_the_token(world, operator, script_of):
    told = script_of(operator, TokenScope.READ).get(f"/drafts/{world.draft.pk}/readiness").json()

    refused = [one["code"] for one in told["gates"] if not one["passed"]]
    assert (told["can_start"], refused) == (False, ["permission"])


def test_plan_tells_each_decision_and_its_differences(world, operator, script_of):
    address = f"/drafts/{world.draft.pk}/evidence/{world.preview.pk}/plan"

    told = script_of(operator).get(f"{address}?decision=create").json()

    assert [(one["name"], one["decision"]) for one in told["items"]] == [
        ("Firewall", "create"),
        ("Passwords", "create"),
    ]
    assert told["items"][0]["differences"] == [
        {
            "path": "Settings catalog policy",
            "label": "",
            "before": None,
            "after": "new, 12 settings",
        }
    ]
    assert script_of(operator).get(f"{address}?decision=skip").json()["count"] == 0


def test_restore_gives_the_answer_of_its_page(world, operator, script_of, sign_in):
    told = script_of(operator).get(f"/restores/{world.run.pk}").json()

    page = sign_in(operator).get(f"/restores/{world.run.pk}/").context["page"]
    result = told["result"]
    assert (result["attention"]["code"], result["cause"]["code"], result["headline"]) == (
        page.result.attention.value,
        page.result.cause.value,
        page.result.headline,
    )
    assert result["boundary"] == page.result.boundary
    assert told["counts"] == {"created": 1, "failed": 1}
    listed = script_of(operator).get("/restores").json()["items"][0]
    assert listed["result"] == result


def test_filters_are_those_of_the_pages(world, operator, script_of):
    script = script_of(operator)
    run, operation = world.run, world.operation

    def found(path):
        return [one["id"] for one in script.get(path).json()["items"]]

    assert found("/restores?status=partial&kind=real&attention=open") == [str(run.pk)]
    assert found("/restores?kind=dry") == []
    assert found("/operations?status=running") == [str(operation.pk)]
    assert found(f"/backups?operation={operation.pk}") == []
    assert found("/backups?q=Firewall") == [str(world.backup_set.pk)]
    assert len(found("/drafts")) == 1
    assert [
        one["name"] for one in script.get(f"/restores/{run.pk}/items?attention=yes").json()["items"]
    ] == [run.items.get(outcome="failed").name]
    assert script.get("/audit-events?action=token.created").json()["items"][0]["detail"]["name"]


def test_auditor_reads_evidence_and_no_draft(world, auditor, script_of):
    script = script_of(auditor, TokenScope.READ)

    evidence = script.get(f"/drafts/{world.draft.pk}/evidence/{world.checks.pk}/findings")
    draft = script.get(f"/drafts/{world.draft.pk}")

    assert [one["code"] for one in evidence.json()["items"]] == ["broad_assignment"]
    assert (draft.status_code, draft.json()["errors"]) == (
        403,
        [{"place": "capability", "sentence": "prepare_restore"}],
    )


def test_owner_reads_what_the_trail_keeps_of_the_workspace(world, owner, operator, script_of):
    trail.record(
        action="membership.added", actor=owner, tenant=None, workspace=world.tenant.workspace
    )

    def actions(script):
        return {one["action"] for one in script.get("/audit-events").json()["items"]}

    assert "membership.added" in actions(script_of(owner, TokenScope.READ))
    assert "membership.added" not in actions(script_of(operator, TokenScope.READ))
    assert "membership.added" not in actions(script_of(owner, TokenScope.READ, tenant=world.tenant))


def test_moment_narrows_the_trail(world, operator, script_of):
    script = script_of(operator)
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert script.get(f"/audit-events?since={tomorrow}").json()["count"] == 0
    assert script.get(f"/audit-events?until={tomorrow}").json()["count"] > 0


def test_access_says_who_has_which_role_and_why(world, operator, owner, auditor, script_of):
    group = create_group(actor=owner, workspace=world.tenant.workspace, name="Night shift")
    grant_group_role(actor=owner, group=group.group, tenant=world.tenant, role=Role.MANAGER)
    add_to_group(actor=owner, group=group, user=auditor)

    told = script_of(operator).get("/tenants/contoso/access?q=auditor").json()

    viewing = sorted(ROLE_CAPABILITIES[Role.AUDITOR])
    managing = sorted(ROLE_CAPABILITIES[Role.MANAGER])
    assert told["items"] == [
        {
            "username": "auditor",
            "name": "auditor",
            "is_active": True,
            "standing": "Manager",
            "capabilities": managing,
            "sources": [
                {"group": None, "capabilities": viewing},
                {"group": "Night shift", "capabilities": managing},
            ],
        }
    ]
