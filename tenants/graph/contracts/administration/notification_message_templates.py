"""Notification templates."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, Part, PartWrite, intune

CONTRACT = Contract(
    key="notificationMessageTemplates",
    label="Notification template",
    plural="Notification templates",
    path="deviceManagement/notificationMessageTemplates",
    declared_type="#microsoft.graph.notificationMessageTemplate",
    parts=(
        Part(
            name="localizedNotificationMessages",
            write=PartWrite.EACH,
            in_create=False,
            key="locale",
        ),
    ),
    # The message that is marked as the default says it.
    computed=frozenset({"defaultLocale"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("Compliance Policies/Message Templates", "Notifications"),
    shape=frozenset({"displayName", "localizedNotificationMessages"}),
    rank=40,
    permissions=intune("ServiceConfig"),
)
