from restore_safety.checks.reach_size import MANY_MEMBERS, check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import PILOTS, STAFF, FakeReader, to_group, without_group

READER = FakeReader(groups={PILOTS: "Pilots", STAFF: "Staff"})


def look(sizes, *assignments, is_read=True):
    facts = {"size_of_group": sizes.get, "is_directory_read": is_read}
    policy = checked(assignments=list(assignments))
    return list(check(context(policy, reader=READER, facts=facts)))


def test_a_large_group_is_a_warning_with_its_size():
    issues = look({PILOTS: 3, STAFF: 12_000}, to_group(PILOTS), to_group(STAFF))

    assert outline(issues) == [(Severity.WARNING, "large_groups", ["Firewall"])]
    assert f"Staff ({STAFF}) with 12,000 members" in issues[0].why
    assert "Pilots" not in issues[0].why


def test_small_and_excluded_groups_raise_nothing():
    assert look({PILOTS: MANY_MEMBERS - 1}, to_group(PILOTS)) == []
    assert look({PILOTS: 1, STAFF: 12_000}, to_group(PILOTS), without_group(STAFF)) == []


def test_a_group_that_was_not_counted_is_unknown():
    issues = look({}, to_group(PILOTS))

    assert outline(issues) == [(Severity.UNKNOWN, "group_size_unknown", ["Firewall"])]
    assert f"Pilots ({PILOTS})" in issues[0].why


def test_without_a_synchronised_directory_nothing_is_said_of_sizes():
    assert look({}, to_group(PILOTS), is_read=False) == []
