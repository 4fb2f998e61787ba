"""What an answer may not repeat: the credential it was asked with, and what was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.policies.secrets import secret_values
from tenants.graph.auth import Credentials
from tenants.graph.permissions import needless_writes, required_permissions
from tenants.graph.secrecy import concealed, concealed_in

SECRET = "Kq7~canary/secret+of=the app"


@given(before=st.text(), after=st.text(), cut=st.integers(4, len(SECRET)))
def test_no_text_keeps_a_secret_whole_or_cut(before, after, cut):
    whole = concealed(f"{before}{SECRET}{after}", [SECRET])
    at_the_end = concealed(f"{before} {SECRET[:cut]}…", [SECRET])

    assert SECRET not in whole
    assert not at_the_end.rstrip("…").endswith(SECRET[:cut])


def test_text_without_a_secret_is_left_as_it_is():
    said = "AADSTS7000215: Invalid client secret provided."

    assert concealed(said, [SECRET, "", "a"]) == said


@pytest.mark.parametrize(
    "spelt", [SECRET, "Kq7~canary%2Fsecret%2Bof%3Dthe%20app", "Kq7~canary%2Fsecret%2Bof%3Dthe+app"]
)
def test_secret_is_concealed_in_every_spelling(spelt):
    held = Credentials(directory_id="d", client_id="c", secret=SECRET)

    answer = concealed_in({"error": [{"said": f"client_secret={spelt}&x"}]}, held.secrets)

    assert answer == {"error": [{"said": "client_secret=(concealed)&x"}]}


def test_line_of_a_private_key_is_concealed():
    lines = ["-----BEGIN PRIVATE KEY-----", "M" * 64, "N" * 64, "-----END PRIVATE KEY-----"]
    held = Credentials(directory_id="d", client_id="c", private_key="\n".join(lines))

    assert concealed(f"bad line {'N' * 64}.", held.secrets) == "bad line (concealed)."


def test_secrets_of_a_policy_are_found_wherever_they_lie():
    policy = {
        "displayName": "Wi-Fi",
        "preSharedKey": "one",
        "passwordRequired": True,
        "settings": [
            {
                "@odata.type": "#microsoft.graph.deviceManagementConfigurationSecretSettingValue",
                "value": "two",
            },
            {"isEncrypted": True, "value": {"of": ["three"]}},
            {"value": "open"},
        ],
    }

    assert list(secret_values(policy)) == ["one", "two", "three"]


def test_every_needed_permission_says_what_for():
    told = {one.name: one.needed_for for one in required_permissions([])}

    roles = told["DeviceManagementRBAC.ReadWrite.All"]
    assert roles == "Reading and writing scope tags, roles, role assignments"
    assert told["Policy.Read.All"].startswith("Reading ")
    assert told["Policy.ReadWrite.ConditionalAccess"].startswith("Writing ")
    assert [name for name, what in told.items() if not what.strip()] == []


def test_remark_is_on_what_can_change_something_alone():
    granted = [
        "AppRoleAssignment.ReadWrite.All",
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "DeviceManagementManagedDevices.Read.All",
        "DeviceManagementScripts.ReadWrite.All",
        "Group.ReadWrite.All",
        "Mail.Read",
        "User.ManageIdentities.All",
    ]

    assert needless_writes(granted) == [
        "AppRoleAssignment.ReadWrite.All",
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "Group.ReadWrite.All",
        "User.ManageIdentities.All",
    ]
