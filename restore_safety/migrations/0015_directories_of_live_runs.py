"""Restores on their way hold the directory their tenant is connected to.

Those that have ended stay without one: where their tenant was connected then is not on record.
"""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    runs = apps.get_model("restore_safety", "RestoreRun").objects
    connections = apps.get_model("tenants", "ProviderConnection").objects
    taken = set()
    live = runs.filter(is_dry_run=False, status__in=["queued", "running"]).order_by("created_at")
    for run in live:
        connection = connections.filter(tenant=run.tenant_id).first()
        if connection is None:
            continue
        there = (connection.cloud, connection.directory_id)
        # Of two that are under way into one directory, the first holds it; both run to their end.
        if there not in taken:
            taken.add(there)
            runs.filter(pk=run.pk).update(cloud=there[0], directory_id=there[1])


class Migration(migrations.Migration):
    dependencies = [
        ("restore_safety", "0014_directory_of_a_run"),
        ("tenants", "0009_pace_per_directory"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
