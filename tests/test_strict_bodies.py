"""The strict check itself: what it finds, and what it lets pass."""

import json

import pytest

from tenants.graph.contracts import CONTRACTS
from tests.strict_bodies import COLLECTIONS, faults_of
from tests.tenants.emulator.graph_bodies import BODIES, CATALOG, COMPLIANCE, DEVICE

SIMPLE = "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance"
MESSAGES = "localizedNotificationMessages"


def faults(path, **changes):
    return faults_of(path, json.dumps(BODIES[path] | changes).encode())


@pytest.mark.parametrize("path", BODIES)
def test_the_smallest_body_of_each_type_has_no_fault(path):
    assert faults(path) == []


@pytest.mark.parametrize(
    ("path", "changes", "fault"),
    [
        (CATALOG, {"banana": 1}, "no such member"),
        (CATALOG, {"technologies": "mdm,banana"}, "has no value 'banana'"),
        (CATALOG, {"settings": {"settingInstance": None}}, "a list is wanted"),
        (CATALOG, {"roleScopeTagIds": [0]}, "int is no string"),
        (CATALOG, {"isAssigned": True}, "read-only"),
        (CATALOG, {"assignments": []}, "a link is not written in a body"),
        (CATALOG, {"settings": [{"settingInstance": {}}]}, "is no type an object may have"),
        (DEVICE, {"@odata.type": "#microsoft.graph.iosCompliancePolicy"}, "cannot stand where"),
        (COMPLIANCE, {"passwordRequired": "yes"}, "str is no boolean"),
        (DEVICE, {"@odata.type": "#microsoft.graph.banana"}, "is no type"),
    ],
)
def test_a_body_of_no_published_type_is_found(path, changes, fault):
    (found,) = faults(path, **changes)

    assert fault in found


@pytest.mark.parametrize(
    ("path", "body", "is_right"),
    [
        ("deviceConfigurations/x/assign", {"assignments": []}, True),
        ("deviceConfigurations/x/assign", {"banana": []}, False),
        ("deviceConfigurations/x/rootCertificate/$ref", {"@odata.id": "y"}, True),
        ("deviceEnrollmentConfigurations/x/setPriority", {"priority": 1}, True),
        ("intents('x')/updateSettings", {"settings": [{}]}, False),
        (f"notificationMessageTemplates/x/{MESSAGES}", {"locale": "en"}, True),
        (f"notificationMessageTemplates/x/{MESSAGES}", {"locale": 5}, False),
        ("nothing", {}, False),
    ],
)
def test_what_lies_below_an_item_has_a_type_too(path, body, is_right):
    sent = faults_of(f"/beta/deviceManagement/{path}", json.dumps(body).encode())

    assert (sent == []) is is_right


def test_every_collection_the_product_writes_to_has_a_type():
    written = {one.path for one in CONTRACTS.values() if one.is_writable}

    assert written <= COLLECTIONS.keys()
