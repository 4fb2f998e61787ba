from typing import Any

from django.db import migrations, models


def to_modes(apps: Any, schema_editor: Any) -> None:
    """Carry over what was mapped and whether assignments were restored."""
    drafts = apps.get_model("restore_safety", "RestoreDraft").objects
    drafts.filter(include_assignments=False).update(assignment_mode="leave")
    for draft in drafts.exclude(group_mapping={}).iterator():
        draft.mapping = {"group": draft.group_mapping}
        draft.save(update_fields=["mapping"])


def to_yes_or_no(apps: Any, schema_editor: Any) -> None:
    drafts = apps.get_model("restore_safety", "RestoreDraft").objects
    drafts.filter(assignment_mode="leave").update(include_assignments=False)
    for draft in drafts.exclude(mapping={}).iterator():
        draft.group_mapping = draft.mapping.get("group", {})
        draft.save(update_fields=["group_mapping"])


class Migration(migrations.Migration):

    dependencies = [
        ("restore_safety", "0006_tenant_directory"),
    ]

    operations = [
        migrations.AddField(
            model_name="restoredraft",
            name="mapping",
            field=models.JSONField(default=dict, help_text="By kind of reference: id or name in the backup to id here."),
        ),
        migrations.AddField(
            model_name="restoredraft",
            name="assignment_mode",
            field=models.CharField(choices=[("replace", "Replace"), ("merge", "Merge"), ("leave", "Leave")], default="replace", max_length=20),
        ),
        migrations.AddField(
            model_name="restoredraft",
            name="conditional_access_state",
            field=models.CharField(choices=[("as_backed_up", "As backed up"), ("report_only", "Report-only"), ("off", "Off")], default="as_backed_up", max_length=20),
        ),
        migrations.AlterField(
            model_name='draftchange',
            name='cause',
            field=models.CharField(choices=[('scope_mode_changed', 'SCOPE_MODE_CHANGED'), ('items_changed', 'ITEMS_CHANGED'), ('mapping_changed', 'MAPPING_CHANGED'), ('assignments_option_changed', 'ASSIGNMENTS_OPTION_CHANGED'), ('conditional_access_state_changed', 'CONDITIONAL_ACCESS_STATE_CHANGED'), ('conflict_policy_changed', 'CONFLICT_POLICY_CHANGED'), ('foundations_option_changed', 'FOUNDATIONS_OPTION_CHANGED'), ('backup_changed', 'BACKUP_CHANGED'), ('backup_content_changed', 'BACKUP_CONTENT_CHANGED'), ('tenant_changed', 'TENANT_CHANGED'), ('scope_restored', 'SCOPE_RESTORED')], max_length=40),
        ),
        migrations.RunPython(to_modes, to_yes_or_no),
        migrations.RemoveField(model_name="restoredraft", name="group_mapping"),
        migrations.RemoveField(model_name="restoredraft", name="include_assignments"),
    ]
