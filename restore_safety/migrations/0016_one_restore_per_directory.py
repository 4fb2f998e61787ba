from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("restore_safety", "0015_directories_of_live_runs"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="restorerun",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("is_dry_run", False), ("status__in", ["queued", "running"])
                ),
                fields=("cloud", "directory_id"),
                name="one_live_restore_per_directory",
            ),
        ),
    ]
