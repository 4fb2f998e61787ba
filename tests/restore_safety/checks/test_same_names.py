"""Two policies of one name after the restore."""

import pytest

from restore_safety.checks.same_names import check
from restore_safety.models import Severity
from tenants.graph.errors import ErrorKind, GraphError
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, compliance, refused

TWINS = [(Severity.WARNING, "same_name_after_restore", ["Edge"])]
ELSEWHERE = [(Severity.WARNING, "same_name_other_type", ["Edge"])]
UNKNOWN = [(Severity.UNKNOWN, "same_name_other_type_unknown", ["Edge"])]
CATALOG, CONFIGURATION = "configurationPolicies", "deviceConfigurations"


def configuration(name="Edge", **properties):
    return {
        "@odata.type": "#microsoft.graph.windows10GeneralConfiguration",
        "id": "c-1",
        "displayName": name,
        **properties,
    }


def look(policy, objects=None, *, key=CATALOG, errors=None):
    reader = FakeReader(objects or {}, errors=errors or {})
    return outline(check(context(checked(policy, key=key), reader=reader)))


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([catalog("Edge", id="new")], TWINS),
        ([catalog("Another", id="new")], []),
        ([catalog("Edge", id="new", platforms="macOS")], []),
        ([], []),
    ],
)
def test_a_name_that_is_given_back_beside_its_new_holder_is_a_warning(others, found):
    renamed = {**catalog("Edge"), "name": "Edge (old)"}

    assert look(catalog("Edge"), {CATALOG: [renamed, *others]}) == found


def test_an_update_that_renames_nothing_is_no_matter():
    held = [catalog("Edge", value="off"), catalog("Edge", id="second")]

    assert look(catalog("Edge"), {CATALOG: held}) == []


@pytest.mark.parametrize(
    ("policy", "key", "objects", "found"),
    [
        (configuration(), CONFIGURATION, {CATALOG: [catalog("edge ")]}, ELSEWHERE),
        (configuration(), CONFIGURATION, {CATALOG: [catalog("Other")]}, []),
        (catalog("Edge"), CATALOG, {CONFIGURATION: [configuration()]}, ELSEWHERE),
        (
            compliance("Edge"),
            "deviceCompliancePolicies",
            {"compliancePolicies": [{"id": "1", "name": "Edge"}]},
            ELSEWHERE,
        ),
    ],
)
def test_the_same_name_under_another_type_is_a_warning(policy, key, objects, found):
    assert look(policy, objects, key=key) == found


def test_what_exists_already_stands_beside_nothing_new():
    objects = {CONFIGURATION: [configuration(value=1)], CATALOG: [catalog("Edge")]}

    assert look(configuration(value=2), objects, key=CONFIGURATION) == []


def test_a_type_that_could_not_be_listed_is_unknown_and_one_that_is_gone_holds_nothing():
    gone = GraphError("No such route", kind=ErrorKind.NOT_FOUND, status=404)

    assert look(configuration(), key=CONFIGURATION, errors={CATALOG: refused()}) == UNKNOWN
    assert look(catalog("Edge"), errors={"intents": gone}) == []
