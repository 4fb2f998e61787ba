"""What Graph blanks, reorders or adds is no mismatch and no change (b29, b30, b50)."""

import pytest

from tests.cases.between import altering, everywhere
from tests.cases.makers import (
    CATALOG,
    COMPLIANCE,
    CORTANA,
    as_held,
    catalog,
    choice,
    choices,
    compliance,
    groups_of_settings,
    text,
    texts,
    with_changes,
)

RULES = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}"
RULE_NAME = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}_name"
LIST = "device_vendor_msft_policy_config_defender_excludedpaths"
MANY = "device_vendor_msft_policy_config_defender_schedulescanday"
COLLECTIONS = (
    "groupSettingCollectionValue",
    "simpleSettingCollectionValue",
    "choiceSettingCollectionValue",
)


def without_rule_name(held):
    return held | ({"ruleName": None} if "ruleName" in held else {})


def reversed_collections(held):
    return held | {name: held[name][::-1] for name in COLLECTIONS if held.get(name)}


def with_audit_information(held):
    known = "settingDefinitionId" in held
    return held | ({"auditRuleInformation": {"ruleId": "V-1"}} if known else {})


def firewall():
    rules = [(text(RULE_NAME, one),) for one in ("one", "two", "three")]
    return catalog(
        "Policy",
        groups_of_settings(RULES, *rules),
        texts(LIST, "a", "b", "c"),
        choices(MANY, "1", "2"),
    )


SHOWN = {
    "a rule's name is blanked": (
        lambda: compliance("Policy", rule_name="PasswordRequired"),
        without_rule_name,
    ),
    "collections are reordered": (firewall, reversed_collections),
    "a member is added": (
        lambda: catalog("Policy", choice(), choice(CORTANA)),
        with_audit_information,
    ),
}


@pytest.mark.parametrize(("policy", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_right_write_is_no_mismatch(walk, policy, shown, monkeypatch):
    altering(monkeypatch, lambda path, body: everywhere(body, shown))
    walk.import_policies(policy())

    walk.restore()

    outcome, verification = walk.results["Policy"]
    assert outcome == "created"
    assert verification != "mismatch"
    assert walk.run.status == "completed"


@pytest.mark.parametrize(("policy", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_second_run_writes_nothing(walk, policy, shown, monkeypatch):
    altering(monkeypatch, lambda path, body: everywhere(body, shown))
    walk.import_policies(policy())
    walk.restore()

    walk.restore()

    assert "target_changed_since_backup" not in walk.codes("Policy")
    assert walk.writes() == []


def informed(value):
    policy = catalog("Informed", choice(), choice(CORTANA))
    settings = [
        with_changes(one, settingInstance=one["settingInstance"] | {"auditRuleInformation": value})
        for one in policy["settings"]
    ]
    return with_changes(policy, settings=settings)


def test_an_empty_member_of_a_newer_service_is_left_out(walk):
    walk.import_policies(informed(None))

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"Informed": ("created", "verified")}


def test_an_unknown_member_of_a_newer_service_is_left_out_and_said(walk):
    walk.import_policies(informed({"ruleId": "V-1"}))

    walk.restore()

    assert walk.refused() == []
    assert walk.results["Informed"][0] == "created"
    assert walk.named("auditRuleInformation", walk.said_by_checks("Informed"))
    assert walk.named("auditRuleInformation", walk.said_by_preview("Informed"))
    assert walk.named("auditRuleInformation", walk.said_afterwards("Informed"))


def test_a_member_only_the_tenant_has_is_unchanged(walk):
    policy = catalog("Policy", choice(), choice(CORTANA))
    walk.hold({CATALOG: [as_held(informed({"ruleId": "V-1"}), name="Policy", id=policy["id"])]})
    walk.import_policies(policy)

    walk.preview()

    assert walk.decisions == {"Policy": "unchanged"}


def test_an_empty_template_id_is_the_zero_guid(walk):
    policy = compliance("Policy")
    held = as_held(policy)
    walk.hold({COMPLIANCE: [held]})
    blank = with_changes(policy)
    (rule,) = blank["scheduledActionsForRule"]
    rule["scheduledActionConfigurations"][0]["notificationTemplateId"] = ""
    walk.import_policies(blank)

    walk.preview()

    assert walk.decisions == {"Policy": "unchanged"}
