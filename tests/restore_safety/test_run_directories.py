"""The directories that restores on their way are given when an installation is upgraded."""

from importlib import import_module

from django.apps import apps

from restore_safety.models import RestoreRun
from tests.factories import ProviderConnectionFactory, TenantFactory
from tests.restore_safety.factories_runs import RestoreRunFactory

fill = import_module("restore_safety.migrations.0015_directories_of_live_runs").fill


def test_live_restores_hold_the_directory_their_tenant_is_connected_to(tenant, other_tenant):
    first = ProviderConnectionFactory(tenant=tenant)
    ProviderConnectionFactory(tenant=other_tenant, directory_id=first.directory_id)
    live = RestoreRunFactory(tenant=tenant, running=True)
    ended = RestoreRunFactory(tenant=tenant)
    dry = RestoreRunFactory(tenant=tenant, running=True, is_dry_run=True)
    # Both are under way: the upgrade ends neither, and the database takes one of them.
    second = RestoreRunFactory(
        tenant=other_tenant, running=True, created_at=live.created_at + live.created_at.resolution
    )
    unconnected = RestoreRunFactory(tenant=TenantFactory(), running=True)

    fill(apps, None)

    held = dict(RestoreRun.objects.values_list("pk", "directory_id"))
    assert held == {
        live.pk: first.directory_id,
        ended.pk: None,
        dry.pk: None,
        second.pk: None,
        unconnected.pk: None,
    }
