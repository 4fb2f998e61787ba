"""Factories for backups: sets, their policies and the contents behind them."""

import json
from hashlib import sha256

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from restore_safety.models import BackupItem, BackupSet, BackupSource, PolicyPayload
from tests.factories import TenantFactory


class PolicyPayloadFactory(DjangoModelFactory):
    class Meta:
        model = PolicyPayload
        django_get_or_create = ["tenant", "digest"]

    tenant = factory.SubFactory(TenantFactory)
    body = factory.Sequence(lambda n: json.dumps({"id": f"policy-{n}", "name": f"Policy {n}"}))
    digest = factory.LazyAttribute(lambda made: f"sha256:{sha256(made.body.encode()).hexdigest()}")


class BackupSetFactory(DjangoModelFactory):
    class Meta:
        model = BackupSet

    tenant = factory.SubFactory(TenantFactory)
    label = factory.Sequence(lambda n: f"Backup {n}")
    source = BackupSource.IMPORTED
    captured_at = factory.LazyFunction(timezone.now)
    digest = factory.Sequence(lambda n: f"sha256:{n:064x}")
    item_count = 0


class BackupItemFactory(DjangoModelFactory):
    """A settings catalog policy, captured in full and assigned to nobody."""

    class Meta:
        model = BackupItem

    backup_set = factory.SubFactory(BackupSetFactory)
    tenant = factory.SelfAttribute("backup_set.tenant")
    payload = factory.SubFactory(PolicyPayloadFactory, tenant=factory.SelfAttribute("..tenant"))
    position = factory.Sequence(lambda n: n + 1)
    contract_key = "configurationPolicies"
    object_id = factory.Sequence(lambda n: f"policy-{n}")
    name = factory.Sequence(lambda n: f"Policy {n}")
    odata_type = "#microsoft.graph.deviceManagementConfigurationPolicy"
    assignments = factory.LazyFunction(list)
    completeness = factory.LazyFunction(lambda: {"pages_read": True})
    digest = factory.Sequence(lambda n: f"sha256:{n + 2**128:064x}")
