"""The tenant's directory as it was last read: what policies refer to, by kind, id and name."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from django.db import models
from django.db.models import Case, Q, Value, When

from restore_safety.truth.words import Word
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet

ID_LENGTH = 200
NAME_LENGTH = 500
PROBLEM_LENGTH = 500


class DirectoryKind(StrEnum):
    """What a policy can refer to; the values are those of the references between policies."""

    label: str
    plural: str

    GROUP = "group", "Group", "Groups"
    USER = "user", "User", "Users"
    ROLE = "role", "Directory role", "Directory roles"
    FILTER = "filter", "Assignment filter", "Assignment filters"
    INTUNE_ROLE = "intune_role", "Intune role", "Intune roles"
    SCOPE_TAG = "scope_tag", "Scope tag", "Scope tags"
    NOTIFICATION_TEMPLATE = (
        "notification_template",
        "Notification template",
        "Notification templates",
    )
    COMPLIANCE_SCRIPT = "compliance_script", "Compliance script", "Compliance scripts"
    REUSABLE_SETTING = "reusable_setting", "Reusable setting", "Reusable settings"
    NAMED_LOCATION = "named_location", "Named location", "Named locations"
    AUTHENTICATION_STRENGTH = (
        "authentication_strength",
        "Authentication strength",
        "Authentication strengths",
    )
    AUTHENTICATION_CONTEXT = (
        "authentication_context",
        "Authentication context",
        "Authentication contexts",
    )
    TERMS_OF_USE = "terms_of_use", "Terms of use", "Terms of use"
    APPLICATION = "application", "Application", "Applications"
    SERVICE_PRINCIPAL = "service_principal", "Service principal", "Service principals"
    CERTIFICATE = "certificate", "Certificate profile", "Certificate profiles"
    APP = "app", "App", "Apps"

    def __new__(cls, value: str, label: str = "", plural: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.plural = plural
        return member


class SyncState(Word):
    """How far one kind of the directory is known."""

    NEVER = "never", "Not read yet", "It was never read from the tenant."
    COMPLETE = "complete", "Complete", "Everything of this kind was read."
    NAMED_BY_POLICIES = (
        "named_by_policies",
        "Named by policies",
        "Only the users that policies name were read, not every user of the tenant.",
    )
    INCOMPLETE = "incomplete", "Incomplete", "Not everything of this kind was read."
    FAILED = "failed", "Not read", "The last read failed. Entries of an earlier one are kept."
    ELSEWHERE = (
        "elsewhere",
        "Another directory",
        "It was read from a directory this tenant is no longer connected to.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDetail:
    """What is kept of an object besides its name; None and "" where it is not known."""

    type: str = ""
    platform: str = ""
    user_principal_name: str = ""
    app_id: str = ""
    members: int | None = None
    is_dynamic: bool | None = None
    is_built_in: bool | None = None
    is_trusted: bool | None = None

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        return cls(**{name: facts[name] for name in cls.__slots__ if name in facts})

    def to_json(self) -> dict[str, Any]:
        """The facts that are known, by name."""
        return {name: fact for name, fact in asdict(self).items() if fact not in (None, "")}


def folded(name: str) -> str:
    """The name as it is compared: composed, without blanks around it, without case."""
    composed = unicodedata.normalize("NFC", name).strip().casefold()
    return unicodedata.normalize("NFC", composed)[:NAME_LENGTH]


class DirectoryObjectQuerySet(TenantOwnedQuerySet["DirectoryObject"]):
    def of_kind(self, kind: DirectoryKind) -> Self:
        return self.filter(kind=kind)

    def of_kinds(self, kinds: Iterable[DirectoryKind]) -> Self:
        return self.filter(kind__in=list(kinds))

    def named(self, name: str) -> Self:
        """Objects of the name, whatever its case and the blanks around it."""
        return self.filter(folded_name=folded(name))

    def searched(self, text: str) -> Self:
        """Objects with the text in their name, or with exactly this id."""
        return self.filter(
            Q(folded_name__contains=folded(text)) | Q(object_id=text.strip().lower())
        )

    def best_first(self, text: str) -> Self:
        """What the text names in full, then what begins with it, then the rest by name."""
        wanted = folded(text)
        rank = Case(
            When(Q(folded_name=wanted) | Q(object_id=wanted), then=Value(0)),
            When(folded_name__startswith=wanted, then=Value(1)),
            default=Value(2),
        )
        return self.order_by(rank, "folded_name", "pk")


class DirectoryObject(TenantOwned):
    """One object of the tenant's directory, as the last synchronisation found it."""

    kind = models.CharField(
        max_length=40, choices=[(kind.value, kind.label) for kind in DirectoryKind]
    )
    object_id = models.CharField(max_length=ID_LENGTH, help_text="Its id in Graph, in lower case.")
    name = models.CharField(max_length=NAME_LENGTH)
    folded_name = models.CharField(max_length=NAME_LENGTH, help_text="The name as it is searched.")
    detail = models.JSONField(default=dict, help_text="ObjectDetail as facts.")
    seen_at = models.DateTimeField()

    objects = DirectoryObjectQuerySet.as_manager()

    class Meta:
        ordering = ["folded_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "object_id"], name="one_directory_object_per_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "kind", "folded_name"], name="directory_by_name"),
            models.Index(fields=["tenant", "folded_name"], name="directory_by_name_of_any"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_member(self) -> DirectoryKind:
        return DirectoryKind(self.kind)

    @property
    def facts(self) -> ObjectDetail:
        return ObjectDetail.from_json(self.detail)


class DirectorySync(TenantOwned):
    """When one kind of a tenant's directory was read, from where, and what is missing of it."""

    kind = models.CharField(
        max_length=40, choices=[(kind.value, kind.label) for kind in DirectoryKind]
    )
    directory_id = models.UUIDField(help_text="The directory the rows were read from.")
    attempted_at = models.DateTimeField()
    synchronised_at = models.DateTimeField(null=True, blank=True)
    is_complete = models.BooleanField(default=False)
    problem = models.CharField(max_length=PROBLEM_LENGTH, blank=True)
    note = models.CharField(max_length=PROBLEM_LENGTH, blank=True)

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="one_directory_sync_per_kind")
        ]

    def __str__(self) -> str:
        return f"{DirectoryKind(self.kind).plural} of {self.tenant}"

    @property
    def last_failed(self) -> bool:
        """Whether the last attempt to read the kind left the rows as they were."""
        return self.synchronised_at is None or self.synchronised_at < self.attempted_at

    @property
    def state(self) -> SyncState:
        """How far the kind is known, in the directory it was read from."""
        if self.last_failed:
            return SyncState.FAILED
        if self.kind == DirectoryKind.USER and not self.problem:
            return SyncState.NAMED_BY_POLICIES
        return SyncState.COMPLETE if self.is_complete else SyncState.INCOMPLETE
