"""Factories for backups: sets, their policies and the contents behind them."""

import json
from hashlib import sha256
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from restore_safety.models import (
    BackupItem,
    BackupSet,
    BackupSource,
    DirectoryKind,
    DirectoryObject,
    DirectorySync,
    PolicyPayload,
    folded,
)
from tenants.models import ProviderConnection
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


class DirectorySyncFactory(DjangoModelFactory):
    """A kind that was read whole, from the directory the tenant is connected to."""

    class Meta:
        model = DirectorySync
        django_get_or_create = ["tenant", "kind"]

    tenant = factory.SubFactory(TenantFactory)
    kind = DirectoryKind.GROUP
    directory_id = factory.LazyAttribute(
        lambda made: ProviderConnection.objects.get(tenant=made.tenant).directory_id
    )
    attempted_at = factory.LazyFunction(timezone.now)
    synchronised_at = factory.SelfAttribute("attempted_at")
    is_complete = True


class DirectoryObjectFactory(DjangoModelFactory):
    """A group, in a directory of which its kind was read whole."""

    class Meta:
        model = DirectoryObject
        exclude = ["sync"]

    sync = factory.SubFactory(
        DirectorySyncFactory,
        tenant=factory.SelfAttribute("..tenant"),
        kind=factory.SelfAttribute("..kind"),
    )
    tenant = factory.SubFactory(TenantFactory)
    kind = DirectoryKind.GROUP
    object_id = factory.LazyFunction(lambda: str(uuid4()))
    name = factory.Sequence(lambda n: f"Group {n}")
    folded_name = factory.LazyAttribute(lambda made: folded(made.name))
    seen_at = factory.LazyFunction(timezone.now)
