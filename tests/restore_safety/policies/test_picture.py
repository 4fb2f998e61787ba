from restore_safety.policies.snapshot import READ_AT_ONCE, take_snapshot
from tests.restore_safety.policies.fakes import FakeReader, catalog, choices, compliance, policy

OF_EACH = 2 * READ_AT_ONCE + 5


class Watched(FakeReader):
    """Notes how many policies it was asked for at a time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = []

    def policies(self, contract, ids):
        self.asked.append(len(ids))
        return super().policies(contract, ids)


def test_many_policies_are_read_some_at_a_time_and_progress_never_goes_back():
    held = {
        "configurationPolicies": [catalog(f"Catalog {number}") for number in range(OF_EACH)],
        "deviceCompliancePolicies": [compliance(f"Rule {number}") for number in range(OF_EACH)],
    }
    policies = [policy(one, key=key, position=n) for key in held for n, one in enumerate(held[key])]
    reader, heard = Watched(held), []

    take_snapshot(
        own={},
        reader=reader,
        policies=policies,
        choices=choices(),
        beat=lambda done, note: heard.append(done),
    )

    assert reader.asked == [READ_AT_ONCE, READ_AT_ONCE, 5] * 2
    assert heard == [0, 0, 20, 40, 45, 45, 65, 85, 90]
