"""Whoever is a manager or an owner by now holds the two capabilities their roles gained."""

from typing import Any

from django.db import migrations

# The capabilities that told a manager and an owner before, and what each gains.
GAINED = (
    ({"manage_restores", "manage_connection"}, "approve_restore", "Approve restores"),
    (
        {"manage_restores", "manage_connection", "manage_access"},
        "override_safeguards",
        "Override safeguards",
    ),
)


def give(apps: Any, schema_editor: Any) -> None:
    for holder in ("user", "group"):
        model = apps.get_model("tenants", f"Tenant{holder.capitalize()}Permission")
        held: dict[tuple[int, int], set[str]] = {}
        rows = model.objects.values_list(
            f"{holder}_id", "content_object_id", "permission__codename"
        )
        for who, tenant, codename in rows:
            held.setdefault((who, tenant), set()).add(codename)
        for before, codename, name in GAINED:
            gaining = [key for key, codenames in held.items() if before <= codenames]
            if gaining:
                permission = _permission(apps, codename, name)
                model.objects.bulk_create(
                    model(
                        **{f"{holder}_id": who},
                        content_object_id=tenant,
                        permission_id=permission.pk,
                    )
                    for who, tenant in gaining
                )


def _permission(apps: Any, codename: str, name: str) -> Any:
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="tenants", model="tenant"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0010_change_windows_and_four_eyes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
