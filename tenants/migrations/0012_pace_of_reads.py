"""A pace of reads too; the paces kept so far are over in seconds."""

import datetime

from django.db import migrations, models

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0011_managers_approve_owners_override"),
    ]

    operations = [
        migrations.AddField(
            model_name="providerpace",
            name="reads_free_at",
            field=models.DateTimeField(
                default=LONG_AGO,
                help_text="When all reads that were taken of the budget would have gone one by one.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="providerpace",
            name="reads_held_until",
            field=models.DateTimeField(
                default=LONG_AGO, help_text="Nothing leaves before, reads neither."
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="providerpace",
            name="held_until",
            field=models.DateTimeField(
                help_text="No write leaves before, whose turn ever it is."
            ),
        ),
    ]
