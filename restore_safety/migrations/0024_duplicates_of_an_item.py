from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("restore_safety", "0023_objects_created_twice"),
    ]

    operations = [
        migrations.RenameField("restoreitem", "twins", "duplicates"),
    ]
