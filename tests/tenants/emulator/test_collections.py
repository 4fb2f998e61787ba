"""Every writable collection: created, read, changed, assigned, listed and removed."""

import pytest

from tenants.emulator.catalogue import COLLECTIONS, Assigning, Family
from tests.tenants.emulator.graph_bodies import GROUP
from tests.tenants.emulator.minimal import WRITABLE, body_of

ASSIGNABLE = [one for one in WRITABLE if one.assigning in (Assigning.ACTION, Assigning.EACH)]


def address(collection, *rest):
    return "/".join(("/beta", collection.path, *rest))


def name_property(collection):
    return next(
        one
        for one in ("displayName", "name", "profileName", "fileName")
        if one in collection.required
    )


def created(graph, collection):
    body = body_of(collection)
    if collection.created_by_patch:
        answer = graph.patch(address(collection, "c7"), json=body)
        assert answer.status_code == 204, answer.text
        return "c7"
    answer = graph.post(address(collection), json=body)
    assert answer.status_code == collection.create_status, answer.text
    return answer.json()["id"]


def marked(collection, **values):
    given = body_of(collection).get("@odata.type")
    return ({"@odata.type": given} if given else {}) | values


def target_of(collection):
    kind = "groupAssignmentTarget"
    if "virtualEndpoint" in collection.path:
        kind = "cloudPcManagementGroupAssignmentTarget"
    return {"@odata.type": f"#microsoft.graph.{kind}", "groupId": GROUP}


@pytest.mark.parametrize("collection", WRITABLE, ids=lambda one: one.path)
def test_an_item_lives_from_creation_to_removal(graph, collection):
    key = created(graph, collection)
    name = name_property(collection)

    read = graph.get(address(collection, key))
    if collection.patchable is None or name in collection.patchable:
        renamed = graph.patch(address(collection, key), json=marked(collection, **{name: "New"}))
        assert renamed.status_code == collection.update_status, renamed.text
    listed = graph.get(address(collection)).json()["value"]
    removed = graph.delete(address(collection, key))

    assert read.status_code == 200
    assert read.json()["id"] == key
    assert [one[name] for one in listed if one["id"] == key] == ["New"]
    assert (removed.status_code, graph.get(address(collection, key)).status_code) == (204, 404)


@pytest.mark.parametrize("collection", WRITABLE, ids=lambda one: one.path)
@pytest.mark.parametrize("wrong", [{"bananaBlocked": True}, {"id": 5}])
def test_a_member_its_type_does_not_have_is_refused(graph, collection, wrong):
    body = body_of(collection) | wrong
    verb, path = (
        ("PATCH", address(collection, "c9"))
        if collection.created_by_patch
        else ("POST", address(collection))
    )

    answer = graph.request(verb, path, json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "ModelValidationFailure"


@pytest.mark.parametrize("collection", ASSIGNABLE, ids=lambda one: one.path)
def test_an_assignment_is_written_the_way_of_its_collection(graph, collection):
    key = created(graph, collection)
    target = target_of(collection)
    entry = {"target": target}
    if collection.path == "deviceAppManagement/mobileApps":
        entry["intent"] = "available"

    if collection.assigning is Assigning.EACH:
        answer = graph.post(address(collection, key, "assignments"), json=entry)
        assert answer.status_code == 201, answer.text
    else:
        body = {collection.assign_key: [entry]}
        answer = graph.post(address(collection, key, "assign"), json=body)
        assert answer.status_code == collection.assign_status, answer.text
    (held,) = graph.get(address(collection, key, "assignments")).json()["value"]
    (expanded,) = graph.get(address(collection, key), params={"$expand": "assignments"}).json()[
        "assignments"
    ]

    assert held["target"]["groupId"] == GROUP
    assert expanded["id"] == held["id"]
    assert held.get("intent", "apply") == entry.get("intent", "apply")


@pytest.mark.parametrize(
    "collection",
    [one for one in WRITABLE if one.assigning is Assigning.EACH],
    ids=lambda one: one.path,
)
def test_an_assignment_of_its_own_is_removed_at_its_own_address(graph, collection):
    key = created(graph, collection)
    entry = {"target": target_of(collection)}
    made = graph.post(address(collection, key, "assignments"), json=entry).json()["id"]

    again = graph.post(address(collection, key, "assignments"), json=entry)
    removed = graph.delete(address(collection, key, "assignments", made))

    assert (again.status_code, removed.status_code) == (400, 204)
    assert graph.get(address(collection, key, "assignments")).json()["value"] == []
    assert graph.delete(address(collection, key, "assignments", made)).status_code == 404


@pytest.mark.parametrize(
    "collection",
    [one for one in WRITABLE if one.family is Family.INTUNE and one.tags_property],
    ids=lambda one: one.path,
)
def test_a_scope_tag_that_is_not_there_is_refused_everywhere(graph, collection):
    body = body_of(collection) | {collection.tags_property: ["0", "77"]}

    answer = graph.post(address(collection), json=body)

    assert (answer.status_code, "Scope tag deleted" in answer.text) == (400, True)


def test_every_type_of_policy_is_served():
    assert len(WRITABLE) > 38
    assert {one.path for one in COLLECTIONS.values() if not one.write_roles} >= {
        "deviceAppManagement/managedAppPolicies",
        "deviceManagement/configurationSettings",
        "groups",
        "servicePrincipals",
        "users",
    }
