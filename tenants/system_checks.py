"""A check error where a tenant-owned model can be read without naming who reads."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db import models
from guardian.models.models import BaseObjectPermission

from tenants.models import Tenant
from tenants.models.scoping import TenantOwned


def check_scoping(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    chosen = None if app_configs is None else {config.label for config in app_configs}
    return unscoped(
        model for model in apps.get_models() if chosen is None or model._meta.app_label in chosen
    )


def unscoped(candidates: Iterable[type[models.Model]]) -> list[checks.CheckMessage]:
    """An error for each tenant-owned model whose default manager lacks `visible_to`."""
    return [
        checks.Error(
            f"{model._meta.label} belongs to a tenant, but its default manager is not scoped.",
            hint="Set objects = TenantOwnedQuerySet.as_manager(), or a query set made from it.",
            obj=model,
            id="tenants.E001",
        )
        for model in candidates
        if _is_tenant_owned(model) and not hasattr(model._default_manager, "visible_to")
    ]


def _is_tenant_owned(model: type[models.Model]) -> bool:
    if issubclass(model, BaseObjectPermission):
        return False  # the permissions are what scoping is made of
    return issubclass(model, TenantOwned) or any(
        isinstance(field, models.ForeignKey) and field.related_model is Tenant
        for field in model._meta.get_fields()
    )
