"""What the checks look at, made up in memory and gathered as for a real tenant."""

from dataclasses import replace
from datetime import UTC, datetime

from restore_safety.checks.gathering import gather
from restore_safety.checks.tenant_facts import TenantFacts
from tenants.graph.contracts import CONTRACTS
from tests.restore_safety.policies.fakes import DIRECTORY, FakeReader, choices, policy

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WRITES = frozenset(one.write_permission for one in CONTRACTS.values())


def checked(payload=None, *, key="configurationPolicies", assignments=None, **facts):
    """A policy of the backup, to be checked."""
    return policy(payload, key=key, assignments=assignments, **facts)


def context(
    *policies,
    reader=None,
    own=(),
    facts=None,
    roles=WRITES,
    origin_directory_id=DIRECTORY,
    group_names=None,
    **choice,
):
    """What is seen of the tenant, and what would be done to these policies there.

    Groups that policies name are looked up in any case, so naming them changes nothing.
    """
    choice.pop("groups", None)
    chosen = choices(
        same_origin=origin_directory_id == choice.get("directory_id", DIRECTORY), **choice
    )
    return gather(
        reader=reader or FakeReader(),
        roles=roles,
        policies=[replace(one, group_names=group_names or {}) for one in policies],
        own={(one.contract.key, one.object_id): one for one in own},
        choices=chosen,
        facts=TenantFacts(**{"now": NOW, **(facts or {})}),
        origin_directory_id=origin_directory_id,
        beat=lambda done, note: None,
    )


def outline(issues):
    """Severity, code and the names of the policies: what a finding comes to."""
    return [
        (issue.severity, issue.code, [subject.name for subject in issue.subjects])
        for issue in issues
    ]
