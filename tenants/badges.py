"""How the states of tenants look, of their connections, of people and of the audit trail."""

from tenants.graph.contracts import Restorability
from tenants.graph.filing import ApprovalStatus
from tenants.models.audit import AuditOutcome
from tenants.models.connection import Verification as ConnectionVerification
from tenants.models.invitation import InvitationState
from tenants.models.recurrence import WindowEffect
from tenants.models.token import TokenState
from tenants.web.badges import StateLook, Tone

STATES: tuple[StateLook, ...] = (
    (Restorability.FULL, Tone.INFO, "arrow-counterclockwise", "Created, changed and assigned."),
    (
        Restorability.CREATE_ONLY,
        Tone.CAUTION,
        "plus-circle",
        "A missing one is created; an existing one is not changed.",
    ),
    (
        Restorability.METADATA_ONLY,
        Tone.CAUTION,
        "card-text",
        "What describes an existing one is changed; its files are not restored.",
    ),
    (Restorability.MANUAL, Tone.CAUTION, "hand-index", "It is captured; restore it by hand."),
    (ApprovalStatus.NEEDS_APPROVAL, Tone.PROGRESS, "person-lock"),
    (ApprovalStatus.APPROVED, Tone.INFO, "person-up"),
    (ApprovalStatus.REJECTED, Tone.DANGER, "person-x"),
    (ApprovalStatus.CANCELLED, Tone.CAUTION, "x-circle"),
    (ApprovalStatus.EXPIRED, Tone.CAUTION, "hourglass-bottom"),
    (ApprovalStatus.COMPLETED, Tone.INFO, "box-arrow-in-right"),
    (ApprovalStatus.UNKNOWN, Tone.CAUTION, "question-circle"),
    (WindowEffect.FREEZE, Tone.CAUTION, "snow"),
    (WindowEffect.MAINTENANCE, Tone.INFO, "calendar-week"),
    (
        ConnectionVerification.UNVERIFIED,
        Tone.NEUTRAL,
        "circle",
        "It was never verified.",
    ),
    (
        ConnectionVerification.VERIFIED,
        Tone.POSITIVE,
        "check-circle",
        "It signed in and read the tenant.",
    ),
    (ConnectionVerification.FAILED, Tone.DANGER, "x-octagon", "It could not sign in or read."),
    (InvitationState.OPEN, Tone.PROGRESS, "envelope", "Its link works, once."),
    (InvitationState.ACCEPTED, Tone.NEUTRAL, "person", "It was accepted."),
    (InvitationState.REVOKED, Tone.NEUTRAL, "x-circle", "Its link was made worthless."),
    (InvitationState.EXPIRED, Tone.NEUTRAL, "hourglass-bottom", "It was not accepted in time."),
    (TokenState.USABLE, Tone.INFO, "key", "It opens what its scopes say, until it expires."),
    (TokenState.EXPIRED, Tone.NEUTRAL, "hourglass-bottom", "Its time is over: it opens nothing."),
    (TokenState.REVOKED, Tone.NEUTRAL, "x-circle", "It was taken back: it opens nothing."),
    (AuditOutcome.ALLOWED, Tone.NEUTRAL, "dot", "It was done."),
    (AuditOutcome.DENIED, Tone.DANGER, "slash-circle", "It was refused."),
)
