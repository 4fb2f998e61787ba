"""Conditional access that locks everyone out, and blocks that do not (b01, b02)."""

import pytest

from tests.cases.makers import (
    BLOCK,
    CONDITIONAL_ACCESS,
    GLOBAL_ADMINISTRATOR,
    SECURITY_ADMINISTRATOR,
    all_guests,
    as_held,
    conditional_access,
    id_of,
    only_group,
)

EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"

NARROW = {
    "legacy authentication": {"conditions": {"clientAppTypes": ["exchangeActiveSync", "other"]}},
    "exchange active sync": {"conditions": {"clientAppTypes": ["exchangeActiveSync"]}},
    "device code flow": {
        "conditions": {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}
    },
    "authentication transfer": {
        "conditions": {"authenticationFlows": {"transferMethods": "authenticationTransfer"}}
    },
    "high user risk": {"conditions": {"userRiskLevels": ["high"]}},
    "high sign-in risk": {"conditions": {"signInRiskLevels": ["high", "medium"]}},
    "insider risk": {"conditions": {"insiderRiskLevels": "elevated"}},
    "one application": {"applications": {"includeApplications": [EXCHANGE]}},
    "one user action": {
        "applications": {
            "includeApplications": [],
            "includeUserActions": ["urn:user:registersecurityinfo"],
        }
    },
    "one platform": {
        "conditions": {"platforms": {"includePlatforms": ["linux"], "excludePlatforms": []}}
    },
    "untrusted places": {
        "conditions": {
            "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}
        }
    },
    "devices by a filter": {
        "conditions": {
            "devices": {"deviceFilter": {"mode": "include", "rule": "device.isCompliant -ne True"}}
        }
    },
    "a state that is off": {"state": "disabled"},
    "a state that only reports": {"state": "enabledForReportingButNotEnforced"},
    "a pilot group": {"users": only_group("Pilot")},
    "guests": {"users": {"includeUsers": ["GuestsOrExternalUsers"]}},
}


@pytest.mark.parametrize("parts", NARROW.values(), ids=NARROW)
def test_a_narrow_block_is_no_lock_out(walk, parts):
    walk.hold(groups=["Pilot"])
    walk.import_policies(conditional_access("Block", grant=BLOCK, **parts))

    walk.check()

    assert walk.codes("Block", severity="blocker") == set()


BREAK_GLASS = {"excludeUsers": [id_of("user Break glass")]}
STRENGTH = {
    "operator": "AND",
    "builtInControls": [],
    "customAuthenticationFactors": [],
    "termsOfUse": [],
    "authenticationStrength": {
        "id": "00000000-0000-0000-0000-000000000004",
        "displayName": "Phishing-resistant MFA",
        "policyType": "builtIn",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": ["fido2"],
        "combinationConfigurations": [],
    },
}
WIDE = {
    "nobody spared": {"grant": BLOCK},
    "only guests spared": {
        "grant": BLOCK,
        "users": {"excludeGuestsOrExternalUsers": all_guests()},
    },
    "only guests spared, the old way": {
        "grant": BLOCK,
        "users": {"excludeUsers": ["GuestsOrExternalUsers"]},
    },
    "a user spared who does not exist": {
        "grant": BLOCK,
        "users": {"excludeUsers": [id_of("user of another tenant")]},
    },
    "a group spared that does not exist": {
        "grant": BLOCK,
        "users": {"excludeGroups": [id_of("Group of another tenant")]},
    },
    "administrators by their roles": {
        "grant": BLOCK,
        "users": {
            "includeUsers": [],
            "includeRoles": [GLOBAL_ADMINISTRATOR, SECURITY_ADMINISTRATOR],
        },
    },
    "the global administrators alone": {
        "grant": BLOCK,
        "users": {"includeUsers": [], "includeRoles": [GLOBAL_ADMINISTRATOR]},
    },
    "a strength for everyone": {"grant": STRENGTH},
    "all client types named": {
        "grant": BLOCK,
        "conditions": {
            "clientAppTypes": [
                "browser",
                "mobileAppsAndDesktopClients",
                "exchangeActiveSync",
                "other",
            ]
        },
    },
}


@pytest.mark.parametrize("parts", WIDE.values(), ids=WIDE)
def test_a_block_that_spares_no_administrator_is_a_blocker(walk, parts):
    walk.import_policies(conditional_access("Block", **parts))

    walk.check()

    found = walk.found("Block", severity="blocker")
    assert found, walk.codes("Block")
    assert any("lock" in one.code for one in found), {one.code for one in found}
    assert walk.readiness == "blocked"


def test_what_the_tenant_enforces_already_locks_no_one_out_anew(walk):
    block = conditional_access(
        "Block", grant=BLOCK, conditions={"clientAppTypes": ["exchangeActiveSync", "other"]}
    )
    walk.hold({CONDITIONAL_ACCESS: [as_held(block)]})
    walk.import_policies(block)

    walk.preview()

    assert walk.codes("Block", severity={"blocker", "warning"}) == set()
    assert walk.decisions == {"Block": "unchanged"}
