from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.backups.storing import (
    PolicyRecord,
    PreparedSet,
    SetFacts,
    UnstorableContentError,
    store_set,
)
from restore_safety.models import BackupItem, BackupSource, PolicyPayload
from restore_safety.policies.completeness import Completeness
from tests.restore_safety.backups.policies import ORIGIN, assignment, catalog, compliance


def record(policy, key="configurationPolicies", assignments=None, **changes):
    facts = {
        "contract_key": key,
        "object_id": policy["id"],
        "name": policy.get("name") or policy.get("displayName"),
        "odata_type": policy["@odata.type"],
        "payload": policy,
        "assignments": assignments,
        "completeness": Completeness(),
    }
    return PolicyRecord(**facts | changes)


def store(tenant, records):
    return store_set(
        SetFacts(tenant=tenant, label="Kept", captured_at=timezone.now(), created_by=None),
        source=BackupSource.IMPORTED,
        origin_directory_id=UUID(ORIGIN),
        policies=records,
        unreadable=[{"name": "x", "reason": "y"}],
    )


def digest_of_set(records):
    prepared = PreparedSet()
    for each in records:
        prepared.add(each)
    return prepared.digest


def test_a_set_keeps_its_policies_in_the_order_a_restore_needs(tenant):
    records = [
        record(catalog(2), assignments=[assignment()]),
        record(catalog(1)),
        record(compliance(), key="deviceCompliancePolicies"),
    ]

    backup_set = store(tenant, iter(records))

    items = list(BackupItem.objects.filter(backup_set=backup_set).select_related("payload"))
    assert backup_set.item_count == 3
    assert backup_set.unreadable == [{"name": "x", "reason": "y"}]
    assert [(item.position, item.name, item.assignments) for item in items] == [
        (1, "Compliance 1", None),
        (2, "Catalog 1", None),
        (3, "Catalog 2", [assignment()]),
    ]
    assert [item.payload.content for item in items] == [compliance(), catalog(1), catalog(2)]


def test_the_same_content_is_kept_once_in_a_tenant_and_apart_between_tenants(tenant, other_tenant):
    first = store(tenant, [record(catalog(1)), record(catalog(2))])
    second = store(tenant, [record(catalog(2)), record(catalog(1))])
    store(other_tenant, [record(catalog(1))])

    assert first.digest == second.digest
    assert PolicyPayload.objects.in_tenant(tenant).count() == 2
    assert PolicyPayload.objects.in_tenant(other_tenant).count() == 1


def test_integers_beyond_a_double_are_kept_as_they_are(tenant):
    policy = catalog(description=2**63 + 1)

    backup_set = store(tenant, [record(policy)])

    assert backup_set.items.get().payload.content == policy


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": catalog(description="a\x00b")},
        {"name": "a\x00b"},
        {"assignments": [{"target": {"a\x00": 1}}]},
        {"group_names": {"x": "\x00"}},
    ],
)
def test_a_zero_character_is_refused_with_the_reason(changes):
    with pytest.raises(UnstorableContentError, match="it holds a zero character"):
        PreparedSet().add(record(catalog(), **changes))


def test_text_that_spells_a_zero_character_is_ordinary_text(tenant):
    policy = catalog(description="\\u0000 \\\\u0000")

    backup_set = store(tenant, [record(policy)])

    assert backup_set.items.get().payload.content == policy


def test_text_that_is_no_unicode_is_refused():
    with pytest.raises(UnstorableContentError):
        PreparedSet().add(record(catalog(description="\ud800")))


@given(order=st.permutations(range(4)))
def test_the_order_of_policies_never_changes_the_digest(order):
    records = [record(catalog(number)) for number in range(4)]

    assert digest_of_set([records[place] for place in order]) == digest_of_set(records)


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": catalog(1, description="changed")},
        {"assignments": []},
        {"object_id": "other"},
        {"name": "other"},
        {"completeness": Completeness(pages_read=False)},
    ],
)
def test_anything_that_changes_a_restore_changes_the_digest(changes):
    assert digest_of_set([record(catalog(1), **changes)]) != digest_of_set([record(catalog(1))])
