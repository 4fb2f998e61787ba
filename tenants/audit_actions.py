"""The one registry of what the trail records: each action, in the words people read.

A stored action never changes its meaning; what is no longer recorded keeps its label here, for the
trail outlives the code.
"""

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "access.bootstrapped": "Role given from the command line",
    "access.denied": "Access denied",
    "access.granted": "Role granted",
    "access.revoked": "Role revoked",
    "audit.exported": "Audit trail exported",
    "backup.captured": "Backup captured",
    "backup.deleted": "Backup deleted",
    "backup.imported": "Backup imported",
    "connection.changed": "Provider connection changed",
    "connection.verification_failed": "Verification of the connection failed",
    "connection.verified": "Provider connection verified",
    "group.added": "Group added",
    "group.changed": "Group changed",
    "group.deleted": "Group deleted",
    "membership.added": "Member added to the workspace",
    "membership.removed": "Member removed from the workspace",
    "notifications.read": "Notifications marked as read",
    "operation.cancel_requested": "Cancellation requested",
    "operation.ended": "Operation ended",
    "operation.queued": "Operation queued",
    "operation.started": "Operation started",
    "person.added": "Person added",
    "person.changed": "Person changed",
    "person.deleted": "Person deleted",
    "preferences.changed": "Preferences changed",
    "request.refused": "Request refused",
    "restore.archived": "Restore archived",
    "restore.deleted": "Restore deleted for good",
    "restore.follow_up_acknowledged": "Follow-up acknowledged",
    "restore.exported": "Restore's items exported",
    "restore.queued": "Restore queued",
    "restore.refused": "Restore refused",
    "restore.rerun": "Restore rerun",
    "restore.taken_up": "Follow-up taken up in a draft",
    "restore.unarchived": "Restore taken out of the archive",
    "restore.write_refused_by_fence": "Write outside the plan refused",
    "restore_draft.changed": "Draft changed",
    "restore_draft.discarded": "Draft discarded",
    "restore_draft.opened": "Draft opened",
    "sign_in.failed": "Sign-in failed",
    "sign_in.succeeded": "Signed in",
    "sign_out.succeeded": "Signed out",
    "tenant.added": "Tenant added",
    "tenant.changed": "Tenant changed",
    "tenant.deleted": "Tenant deleted",
    "token.created": "API token made",
    "token.refused": "API token refused",
    "token.revoked": "API token revoked",
    "workspace.added": "Workspace added",
    "workspace.changed": "Workspace changed",
    "workspace.deleted": "Workspace deleted",
    "write_gate.closed": "Write gate closed",
    "write_gate.opened": "Write gate opened",
}


def label_of(action: str) -> str:
    """The action in words; one that is not in the registry is spelt out from its name."""
    return LABELS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()
