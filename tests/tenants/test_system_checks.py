from django.db import models
from django.test.utils import isolate_apps

from tenants.models import Tenant
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet
from tenants.system_checks import check_scoping, unscoped


@isolate_apps("tenants")
def test_tenant_owned_model_with_an_unscoped_manager_is_an_error():
    class Leaky(TenantOwned):
        class Meta:
            app_label = "tenants"

    [error] = unscoped([Leaky])

    assert (error.id, error.obj) == ("tenants.E001", Leaky)
    assert error.msg == (
        "tenants.Leaky belongs to a tenant, but its default manager is not scoped."
    )


@isolate_apps("tenants")
def test_key_to_a_tenant_is_enough_to_be_checked():
    class LeakyByKey(models.Model):  # noqa: DJ008 -- has no rows to name
        managed = models.ForeignKey(Tenant, models.PROTECT, related_name="+")

        class Meta:
            app_label = "tenants"

    assert [error.obj for error in unscoped([LeakyByKey])] == [LeakyByKey]


@isolate_apps("tenants")
def test_scoped_and_unrelated_models_pass():
    class Scoped(TenantOwned):
        objects = TenantOwnedQuerySet.as_manager()

        class Meta:
            app_label = "tenants"

    class Unrelated(models.Model):  # noqa: DJ008 -- has no rows to name
        class Meta:
            app_label = "tenants"

    assert unscoped([Scoped, Unrelated]) == []


def test_every_installed_model_passes():
    assert check_scoping(None) == []
