"""What the checks look at: what the preview would decide, and the tenant, as plain data."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from restore_safety.checks.findings import Subject
from restore_safety.checks.tenant_facts import TenantFacts, TenantLists
from restore_safety.models import WRITING_DECISIONS, Decision, Severity
from restore_safety.policies.completeness import Completeness
from restore_safety.policies.matching import Match, MatchKind
from restore_safety.policies.obstacles import is_by_hand
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices
from restore_safety.policies.reading import CollectionReading, GroupReading, PolicyReading
from restore_safety.policies.referenced import ReferencedObjects, names_within
from restore_safety.policies.references import Foundations
from restore_safety.policies.resolved import PlannedItem
from restore_safety.policies.snapshot import TenantSnapshot
from restore_safety.policies.undone import Undo
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.assignment_changes import AudienceChange, audience_changes
from tenants.graph.audience import Audience
from tenants.graph.contracts import Contract
from tenants.graph.errors import GraphError
from tenants.graph.normal_form import covers, normal_assignments, normal_form, wanted_form
from tenants.graph.payloads import Json
from tenants.graph.references import ReferenceKind, ids_of, with_target_references

FOUND = frozenset({MatchKind.BY_ID, MatchKind.BY_NAME})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedPolicy:
    """One policy of the scope, what the tenant holds in its place, and what would be done to it.

    Without a match its type could not be listed; without a live reading there is nothing to read.
    `name` is the backup's; `restored` is the policy as wanted here, still with the backup's ids.
    """

    name: str
    restored: PolicyToRestore
    planned: PlannedItem
    had_organization_placeholder: bool = False
    match: Match | None = None
    live: PolicyReading | None = None

    @property
    def id(self) -> str:
        return self.restored.id

    @property
    def object_id(self) -> str:
        return self.restored.object_id

    @property
    def contract(self) -> Contract:
        return self.restored.contract

    @property
    def payload(self) -> Json:
        return self.restored.payload

    @property
    def assignments(self) -> Sequence[Json] | None:
        return self.restored.assignments

    @property
    def completeness(self) -> Completeness:
        return self.restored.completeness

    @property
    def subject(self) -> Subject:
        return Subject(id=self.id, name=self.name)

    @property
    def decision(self) -> Decision:
        return self.planned.decision

    @property
    def is_written(self) -> bool:
        """Whether content of it is written; what is deleted has none afterwards."""
        return self.decision in WRITING_DECISIONS and not self.is_deleted

    @property
    def is_deleted(self) -> bool:
        return self.decision is Decision.DELETE

    @property
    def is_created(self) -> bool:
        return self.decision in {Decision.CREATE, Decision.COPY}

    @property
    def is_by_hand(self) -> bool:
        """Whether a restore writes nothing of it.

        Its type is restored by hand, or it is absent and only its description could be written.
        """
        return is_by_hand(self.contract, self.match)

    @property
    def is_present(self) -> bool:
        return self.match is not None and self.match.kind in FOUND

    @property
    def live_payload(self) -> Json | None:
        return self.live.payload if self.live and self.live.error is None else None

    @property
    def live_assignments(self) -> list[Json] | None:
        if self.live is None or self.live.error or self.live.assignments is None:
            return None
        return normal_assignments(self.live.assignments)

    @property
    def content_differs(self) -> bool:
        """The tenant's copy was read, and a restore would change its content."""
        if self.live_payload is None:
            return False
        live = normal_form(self.contract, self.live_payload)
        return bool(covers(wanted_form(self.contract, self.planned.policy.payload), live))

    @property
    def audiences_after(self) -> tuple[Audience, ...]:
        """Who a written policy reaches and spares; empty where a restore does not set that."""
        after = self.planned.impact.after if self.is_written else None
        return after.audiences if after else ()

    @property
    def audience_changes(self) -> tuple[AudienceChange, ...]:
        """What becomes of each audience of a policy that is written."""
        impact = self.planned.impact
        if not self.is_written or impact.after is None:
            return ()
        before = impact.before.audiences if impact.before else ()
        return audience_changes(before, impact.after.audiences)


@dataclass(frozen=True, kw_only=True)
class CheckContext:
    """Everything a check may look at; what could not be read is in here as an error."""

    choices: RestoreChoices
    origin_directory_id: str
    policies: tuple[CheckedPolicy, ...]
    snapshot: TenantSnapshot
    own: Mapping[tuple[str, str], PolicyToRestore]
    referenced: ReferencedObjects
    lists: TenantLists
    facts: TenantFacts
    roles: frozenset[str] | GraphError
    organization: Json | GraphError

    @property
    def tenant_name(self) -> str:
        return self.choices.tenant_name

    @property
    def directory_id(self) -> str:
        return self.choices.directory_id

    @property
    def include_assignments(self) -> bool:
        return self.choices.include_assignments

    @property
    def conflict_policy(self) -> ConflictPolicy:
        return self.choices.conflict_policy

    @property
    def same_origin(self) -> bool:
        return self.choices.same_origin

    @property
    def groups(self) -> GroupReading:
        return self.snapshot.groups

    @property
    def listings(self) -> Mapping[str, CollectionReading]:
        return self.snapshot.listings

    @cached_property
    def foundations(self) -> Foundations:
        """Scope tags and filters, with those that the same restore creates."""
        return Foundations(
            own=self.own,
            scope_tags=self.snapshot.scope_tags,
            filters=self.snapshot.filters,
            created=frozenset(one.id for one in self.policies if one.is_created),
        )

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What groups and filters are called, by id; the tenant's own name comes first."""
        in_backup = {
            group: name
            for policy in self.policies
            for group, name in policy.restored.group_names.items()
        }
        beside_ids = {
            one: name
            for policy in self.policies
            for one, name in names_within(policy.payload).items()
        }
        return {
            **beside_ids,
            **in_backup,
            **self.foundations.filter_names,
            **self.snapshot.live_group_names,
            **self.groups.found,
        }

    @property
    def candidates(self) -> tuple[CheckedPolicy, ...]:
        """The policies a restore may write: with "skip existing", those that exist drop out.

        Of what an undo would delete, nothing of the content is asked.
        """
        return tuple(
            policy
            for policy in self.policies
            if policy.decision is not Decision.SKIP and not policy.restored.is_created
        )

    @property
    def affected(self) -> tuple[CheckedPolicy, ...]:
        """The candidates that are not known to be unchanged: only these need a decision."""
        return tuple(
            policy for policy in self.candidates if policy.decision is not Decision.UNCHANGED
        )

    @property
    def written(self) -> tuple[CheckedPolicy, ...]:
        return tuple(policy for policy in self.policies if policy.is_written)

    @property
    def deleted(self) -> tuple[CheckedPolicy, ...]:
        """The policies that an undo deletes."""
        return tuple(policy for policy in self.policies if policy.is_deleted)

    @property
    def undo(self) -> Undo | None:
        """What is undone, where these are the checks of an undo."""
        return self.choices.undo

    @property
    def overwritten(self) -> tuple[CheckedPolicy, ...]:
        """The policies of the tenant that a restore changes."""
        return tuple(policy for policy in self.policies if policy.decision is Decision.UPDATE)

    def may_be_new(self, policy: CheckedPolicy) -> bool:
        """Whether a restore would create it, as far as that is known."""
        if self.conflict_policy is ConflictPolicy.COPY or policy.match is None:
            return True
        return policy.match.kind is MatchKind.ABSENT

    def wanted_assignments(self, policy: CheckedPolicy) -> list[Json] | None:
        """What a restore would assign the policy to if nothing were missing here."""
        if not self.include_assignments or policy.contract.unassigned:
            return None
        if policy.assignments is None:
            return None

        def here(kind: ReferenceKind, one: str) -> str:
            return self.group_here(one) if kind is ReferenceKind.GROUP else one

        direct = normal_assignments(policy.assignments)
        return normal_assignments(with_target_references(one, here) for one in direct)

    def inner_groups(self, policy: CheckedPolicy) -> frozenset[str]:
        """The groups a policy holds inside itself, as they are called here."""
        named = ids_of(ReferenceKind.GROUP, policy.contract, policy.payload)
        return frozenset(map(self.group_here, named))

    def group_here(self, group_id: str) -> str:
        """The group that stands for it here, by the mapping or by its unique name."""
        mapped = self.choices.group_here(group_id)
        return self.groups.named.get(mapped, mapped)

    def group_label(self, group_id: str) -> str:
        name = self.names.get(group_id) or self.names.get(group_id.lower(), "")
        return f"{name} ({group_id})" if name else group_id


def by_reach(
    policies: Iterable[CheckedPolicy], is_broad: Callable[[CheckedPolicy], bool]
) -> Iterator[tuple[Severity, list[CheckedPolicy]]]:
    """What cannot be taken back: a blocker where it reaches everything, else a warning.

    Each severity comes once, with its policies; one without any does not come.
    """
    policies = list(policies)
    broad = [policy for policy in policies if is_broad(policy)]
    narrow = [policy for policy in policies if policy not in broad]
    for severity, some in ((Severity.BLOCKER, broad), (Severity.WARNING, narrow)):
        if some:
            yield severity, some


def subjects_of(policies: Iterable[CheckedPolicy]) -> tuple[Subject, ...]:
    return tuple(sorted({policy.subject for policy in policies}))
