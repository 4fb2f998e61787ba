"""What restores, backups and directories record: each action by its label and its sentence."""

from tenants.audit.actions import ActionWords

ACTIONS: ActionWords = {
    "backup.captured": (
        "Backup captured",
        "{who} captured a backup of {where}[, {items} policies]",
    ),
    "backup.deleted": ("Backup deleted", "{who} deleted a backup of {where}[, {items} policies]"),
    "backup.imported": (
        "Backup imported",
        "{who} imported a backup of {where}[, {items} policies]",
    ),
    "directory.synchronised": (
        "Directory synchronised",
        "{who} had the directory of {where} read[, {objects} objects]",
    ),
    "restore.approval_overridden": (
        "Restore queued without approval",
        "{who} queued {subject} into {where} without the approval it needs, reason: {reason}",
    ),
    "restore.approval_refused": (
        "Decision on a request refused",
        "{who} could not decide on {subject} of {where}[: {sentence}]",
    ),
    "restore.approval_requested": (
        "Approval requested",
        "{who} asked for approval of a restore into {where}[, reason: {reason}]",
    ),
    "restore.approval_withdrawn": (
        "Request for approval withdrawn",
        "{who} withdrew {subject} of {where}",
    ),
    "restore.approved": (
        "Restore approved",
        "{who} approved a restore into {where}[, reason: {reason}]",
    ),
    "restore.archived": ("Restore archived", "{who} archived {subject} of {where}"),
    "restore.deleted": ("Restore deleted for good", "{who} deleted {subject} of {where} for good"),
    "restore.ended": ("Restore ended", "{subject} of {where} ended[: {status}]"),
    "restore.exported": (
        "Restore's items exported",
        "{who} exported the items of {subject} of {where}[ as {form}]",
    ),
    "restore.follow_up_acknowledged": (
        "Follow-up acknowledged",
        "{who} acknowledged the follow-up of {subject} of {where}",
    ),
    "restore.freeze_overridden": (
        "Freeze overridden for a restore",
        "{who} overrode the change windows of {where} for {subject}, reason: {reason}",
    ),
    "restore.queued": ("Restore queued", "{who} queued {subject} into {where}[, reason: {reason}]"),
    "restore.receipt_issued": (
        "Evidence receipt issued",
        "{who} had a receipt issued for {subject} of {where}",
    ),
    "restore.refused": (
        "Restore refused",
        "{who} was refused to queue a restore into {where}[: {condition}]",
    ),
    "restore.rejected": (
        "Restore rejected",
        "{who} rejected a restore into {where}[, reason: {reason}]",
    ),
    "restore.rerun": ("Restore rerun", "{who} began {subject} of {where} anew"),
    "restore.start_refused": (
        "Start of a scheduled restore refused",
        "The start of {subject} into {where} was refused[: {sentence}]",
    ),
    "restore.taken_up": (
        "Follow-up taken up in a draft",
        "{who} took up the follow-up of {subject} of {where} in a draft",
    ),
    "restore.unarchived": (
        "Restore taken out of the archive",
        "{who} took {subject} of {where} out of the archive",
    ),
    "restore.undo_prepared": ("Undo prepared", "{who} prepared the undo of {subject} of {where}"),
    "restore.write_refused_by_fence": (
        "Write outside the plan refused",
        "A write outside the plan of {subject} was refused on {where}",
    ),
    "restore_draft.changed": ("Draft changed", "{who} changed {subject} of {where}[: {changed}]"),
    "restore_draft.discarded": ("Draft discarded", "{who} discarded {subject} of {where}"),
    "restore_draft.opened": ("Draft opened", "{who} opened {subject} for {where}"),
}
