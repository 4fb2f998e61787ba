"""Assignments, scheduled actions, faults and what outlives a restart."""

import sqlite3
import subprocess
import sys
import time
import uuid
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tenants.emulator.control import start_emulator
from tests.tenants.emulator.graph_bodies import (
    BODIES,
    CATALOG,
    COMPLIANCE,
    DRIVERS,
    FILTERS,
    GROUP,
    SCRIPTS,
    catalog,
    rules,
)

KEYS = {SCRIPTS: "deviceManagementScriptAssignments"}
GROUP_TARGET = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}
DEVICES_TARGET = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
NO_FILTER = {
    "deviceAndAppManagementAssignmentFilterId": None,
    "deviceAndAppManagementAssignmentFilterType": "none",
}


def created(graph, path):
    return f"{path}/{graph.post(path, json=BODIES[path]).json()['id']}"


@pytest.mark.parametrize("path", [CATALOG, COMPLIANCE, DRIVERS, SCRIPTS])
def test_assigning_replaces_the_whole_set(graph, path):
    item, key = created(graph, path), KEYS.get(path, "assignments")
    both = [{"target": GROUP_TARGET}, {"target": DEVICES_TARGET}]
    graph.post(f"{item}/assign", json={key: both})

    answer = graph.post(f"{item}/assign", json={key: both[:1]})

    assert answer.status_code == (204 if path == DRIVERS else 200)
    (left,) = graph.get(f"{item}/assignments").json()["value"]
    assert left["target"] == GROUP_TARGET | NO_FILTER
    assert left["id"] == f"{item.rpartition('/')[2]}_{GROUP}"
    assert left.get("source", "direct") == "direct"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (GROUP_TARGET | {"groupId": str(uuid.uuid4())}, "does not exist"),
        (
            GROUP_TARGET
            | {
                "deviceAndAppManagementAssignmentFilterId": str(uuid.uuid4()),
                "deviceAndAppManagementAssignmentFilterType": "include",
            },
            "Scope Tags validation failed : Filters",
        ),
        ({"groupId": GROUP}, "Cannot create an abstract class"),
        ({"@odata.type": "#microsoft.graph.groupAssignmentTarget"}, "does not exist"),
    ],
)
def test_a_wrong_target_is_refused_and_the_set_stays(graph, target, text):
    item = created(graph, CATALOG)
    graph.post(f"{item}/assign", json={"assignments": [{"target": DEVICES_TARGET}]})
    before = graph.get(f"{item}/assignments").json()["value"]

    answer = graph.post(f"{item}/assign", json={"assignments": [{"target": target}]})

    assert (answer.status_code, text in answer.text) == (400, True)
    assert graph.get(f"{item}/assignments").json()["value"] == before


def test_of_two_entries_for_one_audience_the_first_counts(graph):
    item = created(graph, CATALOG)
    filter_id = graph.post(FILTERS, json=BODIES[FILTERS]).json()["id"]
    filtered = GROUP_TARGET | {
        "deviceAndAppManagementAssignmentFilterId": filter_id,
        "deviceAndAppManagementAssignmentFilterType": "exclude",
    }

    body = {"assignments": [{"target": filtered}, {"target": GROUP_TARGET}]}
    graph.post(f"{item}/assign", json=body)

    kept = graph.get(item, params={"$expand": "assignments"}).json()["assignments"]
    assert [one["target"] for one in kept] == [filtered]


def test_the_wrong_body_key_is_refused(graph):
    item = created(graph, SCRIPTS)

    assert graph.post(f"{item}/assign", json={"assignments": []}).status_code == 400


def test_scheduled_actions_are_replaced_by_their_own_action(graph):
    item = created(graph, COMPLIANCE)
    key = "deviceComplianceScheduledActionForRules"

    answer = graph.post(f"{item}/scheduleActionsForRules", json={key: rules(hours=24)})

    expand = {"$expand": "scheduledActionsForRule($expand=scheduledActionConfigurations)"}
    (rule,) = graph.get(item, params=expand).json()["scheduledActionsForRule"]
    assert answer.status_code == 200
    assert [one["gracePeriodHours"] for one in rule["scheduledActionConfigurations"]] == [24]
    assert graph.post(f"{item}/scheduleActionsForRules", json={key: []}).status_code == 400


def test_each_update_raises_version_and_time(graph):
    item = created(graph, COMPLIANCE)
    before = graph.get(item).json()

    mark = {"@odata.type": BODIES[COMPLIANCE]["@odata.type"]}
    graph.patch(item, json=mark | {"description": "changed"})

    after = graph.get(item).json()
    assert (before["version"], after["version"]) == (1, 2)
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]
    assert after["createdDateTime"] == before["createdDateTime"]


def test_another_administrators_edit_shows_and_is_no_request(graph, tenant):
    item = created(graph, CATALOG)
    collection, _, key = item.removeprefix("/beta/").rpartition("/")
    seen = tenant.control.requests(tenant.id)[-1]["seq"]

    tenant.control.change_object(tenant.id, collection, key, {"name": "Edited elsewhere"})

    assert graph.get(item).json()["name"] == "Edited elsewhere"
    assert tenant.control.requests(tenant.id, after=seen, writes=True) == []
    tenant.control.remove_object(tenant.id, collection, key)
    assert graph.get(item).status_code == 404


@pytest.mark.parametrize(
    ("form", "wait", "header"),
    [("seconds", 3, "3"), ("fractional", 2.128, "2.128"), ("absent", 3, None)],
)
def test_throttling_says_when_to_come_back_in_each_form(graph, faulty, form, wait, header):
    faulty(effect={"status": 429, "retry_after": wait, "retry_after_form": form}, times=1)

    throttled, through = (graph.post(CATALOG, json=catalog()) for _ in range(2))

    assert (throttled.status_code, through.status_code) == (429, 201)
    assert throttled.headers.get("Retry-After") == header
    assert throttled.json()["error"]["code"] == "TooManyRequests"


def test_retry_after_may_be_a_date(graph, faulty):
    effect = {"status": 503, "retry_after": 60, "retry_after_form": "date"}
    faulty(effect=effect, times=1, method="GET")

    answer = graph.get(CATALOG)

    assert parsedate_to_datetime(answer.headers["Retry-After"]).timestamp() > time.time() + 50


@pytest.mark.parametrize(("when", "names"), [("before", []), ("after_apply", ["Catalog"])])
def test_a_lost_connection_may_or_may_not_have_written(graph, tenant, faulty, when, names):
    faulty(effect={"disconnect": when}, times=1)

    with pytest.raises(httpx.RemoteProtocolError):
        graph.post(CATALOG, json=catalog())

    assert [one["name"] for one in graph.get(CATALOG).json()["value"]] == names
    (logged,) = tenant.control.requests(tenant.id, writes=True)
    assert (logged["status"], logged["applied"]) == (0, bool(names))


def test_a_server_error_may_have_been_applied_all_the_same(graph, tenant, faulty):
    faulty(effect={"status": 500, "after_apply": True}, times=1)

    answer = graph.post(CATALOG, json=catalog())

    assert answer.status_code == 500
    assert [one["name"] for one in graph.get(CATALOG).json()["value"]] == ["Catalog"]
    (logged,) = tenant.control.requests(tenant.id, writes=True)
    assert (logged["status"], logged["applied"]) == (500, True)


def test_properties_may_be_ignored_silently(graph, faulty):
    faulty(effect={"ignore_properties": ["description"]})

    made = graph.post(CATALOG, json=catalog() | {"description": "lost"}).json()

    assert graph.get(f"{CATALOG}/{made['id']}").json()["description"] is None


def test_a_created_item_may_hide_for_a_while(graph, faulty):
    faulty(effect={"hide_after_create_ms": 300})
    item = created(graph, CATALOG)

    hidden = graph.get(item).status_code
    time.sleep(0.35)

    assert (hidden, graph.get(item).status_code) == (404, 200)


def test_the_same_seed_makes_the_same_trouble(graph, faulty):
    def statuses():
        faulty(effect={"status": 503}, probability=0.5, method="GET", skip=2)
        return [graph.get(CATALOG).status_code for _ in range(12)]

    first = statuses()

    assert first == statuses()
    assert (set(first), first[:2]) == ({200, 503}, [200, 200])


def test_a_fault_rule_with_a_misspelt_part_is_refused(tenant):
    with pytest.raises(httpx.HTTPStatusError):
        tenant.control.set_faults([{"match": {}, "efect": {"status": 500}}])


def test_a_restart_keeps_tenants_tokens_and_requests_and_no_secret(tmp_path):
    tenant, file = str(uuid.uuid4()), tmp_path / "state.sqlite3"
    client = {"client_id": "app", "client_secret": "s3cret-value"}
    roles = ["DeviceManagementConfiguration.ReadWrite.All"]
    form = client | {"grant_type": "client_credentials", "scope": "https://graph/.default"}
    first = start_emulator(file)
    with first.control as control:
        control.seed_tenant(tenant, {"clients": [client | {"roles": roles}]})
    login = httpx.post(f"{first.url}/{tenant}/oauth2/v2.0/token", data=form).json()
    headers = {"Authorization": f"Bearer {login['access_token']}"}
    httpx.post(first.url + CATALOG, json=catalog(), headers=headers)
    first.stop()

    second = start_emulator(file)
    shown = httpx.get(second.url + CATALOG, headers=headers).json()["value"]
    with second.control as control:
        logged = control.requests(tenant)
    second.stop()

    assert (first.process.returncode, second.process.returncode) == (0, 0)
    assert [one["name"] for one in shown] == ["Catalog"]
    assert [(one["method"], one["status"]) for one in logged] == [("POST", 201), ("GET", 200)]
    with sqlite3.connect(file) as db:
        remembered = "\n".join(db.iterdump())
    db.close()
    assert ("s3cret-value" in remembered, login["access_token"] in remembered) == (False, False)


def test_the_emulator_loads_no_django():
    program = "import sys, tenants.emulator.server; print('django' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
