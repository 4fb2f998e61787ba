from typing import Any

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import JSONObject


def keep_texts(apps: Any, schema_editor: Any) -> None:
    """What lines of before say in words is kept as it is: nothing is read out of it."""
    change = apps.get_model("restore_safety", "DraftChange")
    change.objects.update(
        before=JSONObject(text=F("text_before")), after=JSONObject(text=F("text_after"))
    )


class Migration(migrations.Migration):
    dependencies = [("restore_safety", "0020_approvals_and_scheduled_starts")]

    operations = [
        migrations.RenameField("draftchange", "before", "text_before"),
        migrations.RenameField("draftchange", "after", "text_after"),
        migrations.AddField(
            "draftchange",
            "before",
            models.JSONField(
                null=True,
                help_text="What it was, as truth.scope.ScopeChange says; {text} in lines of before.",
            ),
        ),
        migrations.AddField(
            "draftchange",
            "after",
            models.JSONField(null=True, help_text="What it became, in the same form."),
        ),
        migrations.RunPython(keep_texts, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "draftchange",
            "before",
            models.JSONField(
                help_text="What it was, as truth.scope.ScopeChange says; {text} in lines of before."
            ),
        ),
        migrations.AlterField(
            "draftchange",
            "after",
            models.JSONField(help_text="What it became, in the same form."),
        ),
        migrations.RemoveField("draftchange", "text_before"),
        migrations.RemoveField("draftchange", "text_after"),
        migrations.AlterField(
            "planitem",
            "writes",
            models.JSONField(
                default=list,
                help_text="In order: {id, purpose, member, method, version, path, body, "
                "body_digest, binds}.",
            ),
        ),
    ]
