"""A pace belongs to a directory and an app; the paces kept so far are over in seconds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0008_membership_joined_at"),
    ]

    operations = [
        migrations.DeleteModel(name="ProviderPace"),
        migrations.CreateModel(
            name="ProviderPace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cloud", models.CharField(max_length=20)),
                ("directory_id", models.UUIDField(verbose_name="directory (tenant) ID")),
                (
                    "client_id",
                    models.CharField(max_length=100, verbose_name="application (client) ID"),
                ),
                ("workload", models.CharField(max_length=60)),
                (
                    "next_free_at",
                    models.DateTimeField(help_text="The next turn that nobody has taken."),
                ),
                (
                    "held_until",
                    models.DateTimeField(help_text="Nothing leaves before, whose turn ever it is."),
                ),
                (
                    "failures",
                    models.PositiveIntegerField(
                        default=0, help_text="Writes in a row that the service did not get to."
                    ),
                ),
            ],
            options={
                "ordering": ["cloud", "directory_id", "client_id", "workload"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=["cloud", "directory_id", "client_id", "workload"],
                        name="one_pace_per_directory_app_and_workload",
                    )
                ],
            },
        ),
    ]
