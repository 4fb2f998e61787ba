import pytest

from restore_safety.checks.foreign_marks import check
from restore_safety.models import Severity
from tenants.graph.clouds import Cloud
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import DIRECTORY, FakeReader, catalog, refused

ORIGIN = "99999999-2222-3333-4444-555555555555"
HELD = catalog(value=ORIGIN.upper())


@pytest.mark.parametrize(
    ("policy", "origin", "found"),
    [
        (HELD, ORIGIN, [(Severity.BLOCKER, "origin_id_left", ["Firewall"])]),
        (HELD, DIRECTORY, []),
        (HELD, "", []),
        (catalog(), ORIGIN, []),
        ({**catalog(), "@odata.context": f"https://x/{ORIGIN}"}, ORIGIN, []),
    ],
)
def test_the_id_of_the_tenant_it_comes_from_is_a_blocker(policy, origin, found):
    assert outline(check(context(checked(policy), origin_directory_id=origin))) == found


@pytest.mark.parametrize(
    ("host", "cloud", "found"),
    [
        ("graph.microsoft.us", Cloud.GLOBAL, ["Firewall"]),
        ("graph.microsoft.com", Cloud.CHINA, ["Firewall"]),
        ("graph.microsoft.com", Cloud.GLOBAL, None),
        ("graph.microsoft.com", Cloud.EMULATOR, None),
        ("example.org", Cloud.GLOBAL, None),
    ],
)
def test_addresses_of_another_cloud_are_a_warning(host, cloud, found):
    policy = {**catalog(), "@odata.context": f"https://{host}/beta/$metadata#x"}

    expected = [(Severity.WARNING, "cloud_mismatch", found)] if found else []
    assert outline(check(context(checked(policy), facts={"cloud": cloud}))) == expected


def test_what_is_not_written_is_not_looked_at():
    reader = FakeReader(errors={"configurationPolicies": refused()})

    assert outline(check(context(checked(HELD), reader=reader, origin_directory_id=ORIGIN))) == []
