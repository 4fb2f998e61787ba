"""What tenants record in the trail: each action by its label and its sentence."""

from tenants.audit.actions import ActionWords

ACTIONS: ActionWords = {
    "access.bootstrapped": (
        "Role given from the command line",
        "{name} was made {role} of {where} from the command line",
    ),
    "access.changed": (
        "Role changed",
        "{who} made {name} {after} of {where}, before: {before}[, decided by {granted_by}]",
    ),
    "access.changed_through_group": (
        "Role changed through a group",
        "{who} made {name} {after} of {where} through {group}, before: {before}",
    ),
    "access.denied": (
        "Access denied",
        "{who} was refused on {where}[: {capability}][: the token is not for “{scope}”][ ({page})]",
    ),
    "access.granted": (
        "Role granted",
        "{who} made {name} {after} of {where}[, decided by {granted_by}]",
    ),
    "access.granted_through_group": (
        "Role granted through a group",
        "{who} made {name} {after} of {where} through {group}",
    ),
    "access.last_owner_kept": (
        "Removal of the last owner refused",
        "{who} was refused to leave {where} without an owner[ ({page})]",
    ),
    "access.revoked": ("Role revoked", "{who} took from {name} the role {before} on {where}"),
    "access.revoked_through_group": (
        "Role revoked through a group",
        "{who} took from {name} the role {before} on {where} through {group}",
    ),
    "account.connected": (
        "Account connected for signing in",
        "{who} connected an account for signing in[: {provider}]",
    ),
    "account.deleted": (
        "Account for signing in taken away by staff",
        "{who} took away an account that signs {of} in",
    ),
    "account.disconnected": (
        "Account for signing in disconnected",
        "{who} disconnected an account for signing in[: {provider}]",
    ),
    "audit.exported": (
        "Audit trail exported",
        "{who} exported the audit trail of {where}[ as {form}]",
    ),
    "change_window.added": (
        "Change window added",
        "{who} added a {effect} window to {where}: {when}[, reason: {reason}]",
    ),
    "change_window.removed": (
        "Change window removed",
        (
            "{who} removed a {effect} window of {where}: {when}[, reason: {reason}]"
            "[; {before}][ became {after}]"
        ),
    ),
    "connection.changed": (
        "Provider connection changed",
        "{who} changed the connection of {where}[: {changed}]",
    ),
    "connection.credential_rotated": (
        "Credential encrypted with the first key",
        "The credential of {where} was encrypted with the first key",
    ),
    "connection.refused": (
        "Connection to a directory refused",
        "{who} was kept from connecting {where} to a directory that another tenant has",
    ),
    "connection.verification_failed": (
        "Verification of the connection failed",
        "{who} could not verify the connection of {where}[: {sentence}]",
    ),
    "connection.verified": (
        "Provider connection verified",
        "{who} verified the connection of {where}",
    ),
    "four_eyes.lowered": (
        "Four eyes lowered",
        "{who} lowered four eyes of {where}: {before} to {after}",
    ),
    "four_eyes.raised": (
        "Four eyes raised",
        "{who} raised four eyes of {where}: {before} to {after}",
    ),
    "group.added": ("Group added", "{who} made the group {name} in {where}"),
    "group.changed": ("Group changed", "{who} changed the group {name}[: {changed}]"),
    "group.deleted": ("Group deleted", "{who} deleted the group {name} of {where}"),
    "group.member_added": ("Member added to the group", "{who} added {member} to the group {name}"),
    "group.member_removed": (
        "Member removed from the group",
        "{who} removed {member} from the group {name}",
    ),
    "group.renamed": ("Group renamed", "{who} renamed the group {before} to {name}"),
    "invitation.accepted": (
        "Invitation accepted",
        "{who} took up the invitation of {invited_by} to {where}[, as {role}]",
    ),
    "invitation.created": ("Invitation made", "{who} invited {invitee} to {where}[, as {role}]"),
    "invitation.revoked": (
        "Invitation revoked",
        "{who} revoked the invitation of {invitee} to {where}[, as {role}]",
    ),
    "membership.added": ("Member added to the workspace", "{who} made {name} a member of {where}"),
    "membership.removed": (
        "Member removed from the workspace",
        "{who} removed {name} from {where}",
    ),
    "password.changed": ("Password changed", "{who} changed their password"),
    "password.reset": ("Password reset by mail", "{who} reset their password by mail"),
    "person.activated": ("Person activated", "{who} let {name} sign in again"),
    "person.added": ("Person added", "{who} made the account {name}"),
    "person.changed": ("Person changed", "{who} changed the account {name}[: {changed}]"),
    "person.deactivated": (
        "Person deactivated",
        "{who} deactivated {name}, who can no longer sign in",
    ),
    "person.deleted": ("Person deleted", "{who} deleted the account {name}"),
    "preferences.changed": ("Preferences changed", "{who} changed their preferences"),
    "reauthentication.failed": (
        "Proof of who it is failed",
        "{who} failed to prove who they are[: {method}]",
    ),
    "reauthentication.succeeded": (
        "Proved again who it is",
        "{who} proved again who they are[: {method}]",
    ),
    "recovery_codes.made": ("Recovery codes made", "{who} made recovery codes"),
    "request.refused": ("Request refused", "{who} was refused a write[: {page}]"),
    "second_factor.added": ("Second factor added", "{who} set up a second factor[: {method}]"),
    "second_factor.deleted": (
        "Second factor taken away by staff",
        "{who} took away a second factor of {of}",
    ),
    "second_factor.failed": ("Second factor failed", "{who} failed the second factor[: {method}]"),
    "second_factor.removed": (
        "Second factor removed",
        "{who} removed their second factor[: {method}]",
    ),
    "sign_in.failed": ("Sign-in failed", "A sign-in failed[ as {username}][: {method}]"),
    "sign_in.rate_limited": (
        "Too many attempts to sign in",
        "Too many attempts to sign in were stopped",
    ),
    "sign_in.refused": ("Sign-in refused", "A sign-in was refused[: {reason}]"),
    "sign_in.succeeded": ("Signed in", "{who} signed in[ with {method}]"),
    "sign_out.succeeded": ("Signed out", "{who} signed out"),
    "tenant.added": ("Tenant added", "{who} added the tenant {where}"),
    "tenant.changed": ("Tenant changed", "{who} changed the tenant {where}[: {changed}]"),
    "tenant.deleted": ("Tenant deleted", "{who} deleted the tenant {name}"),
    "token.created": ("API token made", "{who} made an API token for {reach}[: {scopes}]"),
    "token.refused": ("API token refused", "An API token[ of {actor}] was refused[: {flaw}]"),
    "token.revoked": ("API token revoked", "{who} revoked an API token[ ({prefix})]"),
    "workspace.added": ("Workspace added", "{who} added the workspace {where}"),
    "workspace.changed": ("Workspace changed", "{who} changed the workspace {where}[: {changed}]"),
    "workspace.deleted": ("Workspace deleted", "{who} deleted the workspace {name}"),
    "write_gate.closed": ("Write gate closed", "{who} closed the write gate of {where}"),
    "write_gate.opened": ("Write gate opened", "{who} opened the write gate of {where}"),
}
