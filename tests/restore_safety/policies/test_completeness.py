import pytest

from restore_safety.policies.completeness import Completeness, Wholeness, completeness_of
from tenants.graph.contracts import contract
from tests.restore_safety.backups.policies import catalog, compliance


def test_a_whole_policy_has_no_problems():
    facts = completeness_of(contract("configurationPolicies"), catalog(), assignments_captured=True)

    assert facts == Completeness(settings_expected=1, settings_captured=1)
    assert facts.problems == ()
    assert facts.wholeness is Wholeness.COMPLETE
    assert not facts.would_delete_uncaptured


def test_uncaptured_assignments_are_noted_and_leave_the_content_complete():
    facts = completeness_of(
        contract("configurationPolicies"), catalog(), assignments_captured=False
    )

    assert facts.is_complete
    assert facts.wholeness is Wholeness.ASSIGNMENTS_UNKNOWN
    assert facts.problems == (
        "Its assignments were not captured: a restore leaves those in the tenant untouched.",
    )


@pytest.mark.parametrize("captured", [1, 24, 26])
def test_settings_without_a_count_are_noted_and_leave_the_content_complete(captured):
    policy = catalog(settings=[{}] * captured)
    del policy["settingCount"]

    facts = completeness_of(
        contract("configurationPolicies"),
        policy,
        assignments_captured=True,
        settings_followed=False,
    )

    assert facts.is_complete
    [problem] = facts.problems
    assert problem == (
        "Nothing says how many settings it should hold, so it is not proven that these are all "
        "of them."
    )


@pytest.mark.parametrize("captured", [25, 100, 1000])
def test_exactly_a_page_of_settings_without_a_count_may_be_the_first_of_several(captured):
    policy = catalog(settings=[{}] * captured)
    del policy["settingCount"]

    def facts_of(*, followed):
        return completeness_of(
            contract("configurationPolicies"),
            policy,
            assignments_captured=True,
            settings_followed=followed,
        )

    [problem] = facts_of(followed=False).problems
    assert problem == (
        f"It holds exactly {captured:,} settings, as many as one page has, and nothing says that "
        "there were no more."
    )
    assert facts_of(followed=False).would_delete_uncaptured
    assert facts_of(followed=True).problems == ()


@pytest.mark.parametrize(
    ("changes", "is_whole"),
    [
        ({"scheduledActionsForRule@odata.nextLink": "https://x"}, False),
        ({"scheduledActionsForRule@odata.nextLink": ""}, True),
        ({"deviceStatuses@odata.nextLink": "https://x"}, True),
        ({"scheduledActionsForRule": [{"x@odata.nextLink": "https://x"}]}, False),
    ],
)
def test_only_what_a_restore_would_write_has_to_be_read_to_its_end(changes, is_whole):
    facts = completeness_of(
        contract("deviceCompliancePolicies"), compliance(**changes), assignments_captured=True
    )

    assert facts.pages_read is is_whole


def test_a_type_without_assignments_misses_none():
    facts = completeness_of(
        contract("assignmentFilters"), {"displayName": "F"}, assignments_captured=False
    )

    assert facts.assignments_captured


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"settings": []}, "It should hold 1 settings, but 0 were captured."),
        ({"settings": None}, "“settings” was not captured."),
        ({"settingCount": 7}, "It should hold 7 settings, but 1 were captured."),
    ],
)
def test_missing_settings_could_delete_what_was_not_captured(changes, problem):
    facts = completeness_of(
        contract("configurationPolicies"), catalog(**changes), assignments_captured=True
    )

    assert problem in facts.problems
    assert facts.would_delete_uncaptured
    assert facts.wholeness is Wholeness.INCOMPLETE


@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        (None, "scheduledActionsForRule"),
        ([], "scheduledActionsForRule"),
        ([{"ruleName": None}], "scheduledActionConfigurations"),
    ],
)
def test_lost_grace_periods_make_a_compliance_policy_incomplete(actions, missing):
    facts = completeness_of(
        contract("deviceCompliancePolicies"),
        compliance(scheduledActionsForRule=actions),
        assignments_captured=True,
    )

    assert facts.missing_parts == (missing,)
    assert facts.would_delete_uncaptured


def test_a_script_listed_without_its_content_is_incomplete():
    script = {"displayName": "S", "scriptContent": None, "enforceSignatureCheck": False}

    facts = completeness_of(contract("deviceManagementScripts"), script, assignments_captured=True)

    assert facts.missing_parts == ("scriptContent",)


def test_facts_survive_storage():
    facts = Completeness(
        pages_read=False,
        settings_expected=3,
        settings_captured=2,
        settings_proven=False,
        assignments_captured=False,
        assignments_problem="they are not a list",
        secrets_masked=("omaSettings[0].value",),
        decoded_cleanly=False,
        read_errors=("could not be read (503): busy",),
        missing_parts=("settings",),
    )

    assert Completeness.from_json(facts.to_json()) == facts
    assert len(facts.problems) == 8


def test_an_item_without_facts_is_never_taken_for_whole():
    assert Completeness.from_json({}).wholeness is Wholeness.INCOMPLETE
