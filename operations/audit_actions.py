"""What operations record in the trail: each action by its label and its sentence."""

from tenants.audit.actions import ActionWords

ACTIONS: ActionWords = {
    "notifications.read": (
        "Notifications marked as read",
        "{who} marked [{count} ]notifications as read",
    ),
    "operation.cancel_requested": (
        "Cancellation requested",
        "{who} asked to cancel {subject} on {where}",
    ),
    "operation.ended": ("Operation ended", "On {where} {subject} ended[: {outcome}]"),
    "operation.paused": ("Operation paused", "On {where} {subject} was paused[ until {until}]"),
    "operation.queued": ("Operation queued", "{who} queued {subject} on {where}[: {kind}]"),
    "operation.started": ("Operation started", "On {where} {subject} started[, attempt {attempt}]"),
}
