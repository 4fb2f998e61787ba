"""A run knows the directory it was queued for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("restore_safety", "0013_waiting_for_approval"),
    ]

    operations = [
        migrations.AddField(
            model_name="restorerun",
            name="cloud",
            field=models.CharField(blank=True, default="", editable=False, max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="restorerun",
            name="directory_id",
            field=models.UUIDField(
                blank=True,
                editable=False,
                help_text="The directory the tenant was connected to when the restore was queued.",
                null=True,
            ),
        ),
    ]
