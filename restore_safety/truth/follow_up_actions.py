"""What is to be done next about a result, and the families of its causes."""

from restore_safety.truth.words import Word


class FollowUpAction(Word):
    """The one next action; the label is the imperative that ends a headline."""

    NONE = "none", "Nothing to do", "Nothing is left to do for this run."
    MAP_GROUPS = (
        "map_groups",
        "Map the missing group",
        "Map each missing group to one of the tenant's and preview again.",
    )
    GRANT_PERMISSION = (
        "grant_permission",
        "Grant the missing access",
        "Give the connection what it lacks in the tenant, then retry.",
    )
    RETRY_REMAINING = (
        "retry_remaining",
        "Finish the rest",
        "Start a restore of the items that were not applied.",
    )
    PREVIEW_AGAIN = (
        "preview_again",
        "Preview again",
        "Look at the tenant as it is now before anything else is written.",
    )
    RECONCILE = (
        "reconcile",
        "Reconcile with the tenant",
        "Read the items back from the tenant to establish what was applied.",
    )
    REVIEW_ITEMS = "review_items", "Review the items", "Read the reason given for each item."
    WAIT_FOR_APPROVER = (
        "wait_for_approver",
        "Wait for the tenant's approver",
        "Have the filed requests approved in Intune: a run that waits for them goes on by itself.",
    )
    WITHDRAW_REQUESTS = (
        "withdraw_requests",
        "Cancel the filed requests",
        "Cancel the requests in Intune: this run is over, and approving them writes nothing.",
    )
    ENTER_SECRETS = (
        "enter_secrets",
        "Enter the secrets",
        "Enter the secret values in the tenant: no backup can hold them.",
    )
    ASSIGN_POLICIES = (
        "assign_policies",
        "Assign the new policies",
        "Assign the new policies in the tenant: until then they reach no one.",
    )
    CHECK_VALUES = (
        "check_values",
        "Check the values in Intune",
        "Check the named values in Intune: what Graph returns does not show them.",
    )
    DO_MANUALLY = "do_manually", "Do it by hand", "Do the listed items by hand in the tenant."
    RECAPTURE_BACKUP = (
        "recapture_backup",
        "Capture the backup again",
        "Capture a complete backup before restoring these items.",
    )
    START_RESTORE = (
        "start_restore",
        "Start a restore",
        "Start a restore: this run wrote nothing.",
    )


class CauseFamily(Word):
    """The family of what went wrong; the sentence is its one next action."""

    PERMISSION = (
        "permission",
        "Permission or write gate",
        "Open the access that the tenant refused, then retry.",
    )
    THROTTLED = (
        "throttled",
        "Throttled or unavailable provider",
        "Wait until the provider answers again, then finish the rest.",
    )
    MISSING_DEPENDENCY = (
        "missing_dependency",
        "Missing dependency or mapping",
        "Map or restore what is missing first, then preview again.",
    )
    PAYLOAD_REJECTED = (
        "payload_rejected",
        "Payload rejected",
        "Read why the provider rejected the content of these items.",
    )
    TARGET_CHANGED = (
        "target_changed",
        "Target changed",
        "Preview again: the tenant is no longer what the preview saw.",
    )
    SECRET_MISSING = (
        "secret_missing",
        "Secret missing",
        "Enter the secret values by hand: no backup can hold them.",
    )
    UNSUPPORTED = (
        "unsupported",
        "Unsupported",
        "Do these items by hand, or capture them in a form that can be restored.",
    )
    ITEM_FAILURE = "item_failure", "Item failure", "Review the items one by one."
    NONE = "none", "No cause", "No cause calls for action."

    @property
    def next_action(self) -> str:
        return self.sentence
