"""What else of the tenant the checks need: lists beside the policies' own, its cloud, the time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from restore_safety.checks.access_conditions import OFF, licensed_conditions, state_of
from restore_safety.checks.payload_texts import initial_domains
from restore_safety.checks.tenant_reader import ChecksReader
from restore_safety.models import CREATING_DECISIONS, Decision
from restore_safety.policies.diff.setting_names import definitions_in
from restore_safety.policies.reading import CollectionReading, PolicyReading
from restore_safety.policies.resolved import PlannedItem
from tenants.graph.approvals import UNKNOWN_TYPE, policy_in
from tenants.graph.audience import ACCESS_POLICIES
from tenants.graph.clouds import Cloud
from tenants.graph.contracts import contract
from tenants.graph.errors import GraphError
from tenants.graph.payloads import Json, Payload, value_at

_TEMPLATES = "deviceManagement/configurationPolicyTemplates"
_DEFINITIONS = "deviceManagement/configurationSettings"
_TEMPLATE_ID = "templateReference.templateId"
_CATALOG = "configurationPolicies"
# Types whose policies Intune moves to the settings catalog, where they bear the same name.
_FORERUNNERS = frozenset({"deviceConfigurations", "groupPolicyConfigurations", "intents"})
_COMPLIANCE = frozenset({"deviceCompliancePolicies", "compliancePolicies"})
_SECURITY_DEFAULTS = "policies/identitySecurityDefaultsEnforcementPolicy"
_SUBSCRIPTIONS = "subscribedSkus"
# Where Entra keeps what was deleted, for 30 days and with its id.
DELETED_ITEMS = {
    ACCESS_POLICIES: "identity/conditionalAccess/deletedItems/policies",
    "namedLocations": "identity/conditionalAccess/deletedItems/namedLocations",
}
_APPROVAL_POLICIES = "deviceManagement/operationApprovalPolicies"
# What a policy of Multi Admin Approval is for, by its `policyType`.
APPROVED_WORKLOADS = {
    "app": "apps",
    "script": "scripts",
    "role": "roles",
    "tenantConfiguration": "device categories",
    "compliancePolicy": "compliance policies",
    "configurationPolicy": "configuration policies",
}
# Wipe, retire and the like: acts on one device, which no restore does.
_DEVICE_ACTION = "device"
_WORKLOADS = {
    "mobileApps": "app",
    "deviceManagementScripts": "script",
    "deviceShellScripts": "script",
    "deviceCustomAttributeShellScripts": "script",
    "deviceHealthScripts": "script",
    "roleAssignments": "role",
    "roleDefinitions": "role",
    "deviceCategories": "tenantConfiguration",
    "deviceCompliancePolicies": "compliancePolicy",
    "compliancePolicies": "compliancePolicy",
    "configurationPolicies": "configurationPolicy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """What is known of the tenant, and of the backup as a whole, without asking Graph."""

    now: datetime
    cloud: Cloud = Cloud.GLOBAL
    # How many members a group has by the synchronised directory; None where it does not say.
    size_of_group: Callable[[str], int | None] = lambda group_id: None
    is_directory_read: bool = False
    # The application id that the connection signs in with.
    client_id: str = ""
    # Restores that ran while the backup was captured, as the set names them.
    restores_meanwhile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLists:
    """What of the tenant policies to be written are held against, beside those of their type."""

    by_contract: Mapping[str, CollectionReading] = field(default_factory=dict)
    templates: CollectionReading = field(default_factory=CollectionReading)
    approval_policies: CollectionReading = field(default_factory=CollectionReading)
    # What the groups are called whose members may approve, by id.
    approvers: Mapping[str, str] = field(default_factory=dict)
    # None where no policy to be written needs it.
    security_defaults: Json | GraphError | None = None
    subscriptions: CollectionReading = field(default_factory=CollectionReading)
    deleted: Mapping[str, CollectionReading] = field(default_factory=dict)
    # By definition of a setting: whether the catalog has it; what was not asked for is left out.
    definitions: Mapping[str, bool | GraphError] = field(default_factory=dict)
    # The organization with its verified domains.
    domains: CollectionReading = field(default_factory=CollectionReading)


def counterparts_of(key: str) -> frozenset[str]:
    """The types under which the tenant may hold the same policy as one of this type."""
    if key == _CATALOG:
        return _FORERUNNERS
    if key in _FORERUNNERS:
        return frozenset({_CATALOG})
    return _COMPLIANCE - {key} if key in _COMPLIANCE else frozenset()


def template_of(item: PlannedItem) -> str:
    """The template a settings catalog policy is made from; empty where it has none."""
    if item.policy.contract.key != _CATALOG:
        return ""
    return str(value_at(item.policy.payload, _TEMPLATE_ID) or "")


def is_recognised(policy_type: str) -> bool:
    """Whether it is known what a `policyType` of Multi Admin Approval gates."""
    is_named = policy_type in APPROVED_WORKLOADS or policy_type.startswith(_DEVICE_ACTION)
    return is_named or policy_type == UNKNOWN_TYPE


def workload_of(key: str) -> str:
    """The `policyType` of Multi Admin Approval that gates writes of a type; empty for none."""
    return _WORKLOADS.get(key, "")


def workloads_gated(policies: Iterable[Json]) -> frozenset[str]:
    """What the tenant's policies of Multi Admin Approval gate, by `policyType`.

    Graph gives a type it added since as one that has no name yet: that may be any of them.
    """
    active = {str(one.get("policyType")) for one in policies}
    return frozenset(APPROVED_WORKLOADS) if UNKNOWN_TYPE in active else frozenset(active)


def new_definitions(item: PlannedItem, live: Payload | None) -> frozenset[str]:
    """The definitions of the settings catalog that a policy gains by the restore."""
    if item.policy.contract.key != _CATALOG:
        return frozenset()
    held = frozenset(definitions_in(live)) if live is not None else frozenset()
    return frozenset(definitions_in(item.policy.payload)) - held


def read_lists(
    reader: ChecksReader,
    written: Iterable[PlannedItem],
    *,
    readings: Mapping[str, PolicyReading],
    same_origin: bool,
    beat: Callable[[str], None],
) -> TenantLists:
    """What policies to be written are held against; each is read once."""
    requested = list(written)
    # Of what is deleted, no content is written that could be held against anything.
    written = [item for item in requested if item.decision is not Decision.DELETE]
    created = [item for item in written if item.decision in CREATING_DECISIONS]
    is_gated = any(workload_of(item.policy.contract.key) for item in requested)
    keys = {key for item in created for key in counterparts_of(item.policy.contract.key)}
    lost = {one.policy.contract.key for one in created if one.decision is Decision.CREATE}
    uses_templates = any(template_of(item) for item in created)
    access = [one.policy.payload for one in written if one.policy.contract.key == ACCESS_POLICIES]
    decides = any(state_of(payload) != OFF for payload in access)
    is_licensed = any(licensed_conditions(payload) for payload in access)
    names_domains = not same_origin and any(
        initial_domains(item.policy.payload) for item in written
    )
    definitions = {
        definition
        for item in written
        for definition in new_definitions(item, _live(readings.get(item.policy.id)))
    }
    approvals = reader.listed(_APPROVAL_POLICIES) if is_gated else CollectionReading()
    return TenantLists(
        by_contract={key: reader.collection(contract(key)) for key in sorted(keys)},
        templates=reader.listed(_TEMPLATES) if uses_templates else CollectionReading(),
        approval_policies=approvals,
        approvers=_approvers(reader, approvals.objects),
        definitions=reader.existence(
            _DEFINITIONS,
            definitions,
            lambda done: beat(f"Looking up settings, {done} of {len(definitions)} done"),
        ),
        domains=_domains(reader) if names_domains else CollectionReading(),
        deleted={
            key: reader.listed(DELETED_ITEMS[key]) for key in sorted(lost & set(DELETED_ITEMS))
        },
        security_defaults=reader.singleton(_SECURITY_DEFAULTS) if decides else None,
        subscriptions=reader.listed(_SUBSCRIPTIONS) if is_licensed else CollectionReading(),
    )


def _live(reading: PolicyReading | None) -> Payload | None:
    return reading.payload if reading else None


def _approvers(reader: ChecksReader, policies: Iterable[Json]) -> Mapping[str, str]:
    groups = {group for one in policies for group in policy_in(one).approver_group_ids}
    return reader.groups(groups).found if groups else {}


def _domains(reader: ChecksReader) -> CollectionReading:
    return reader.listed("organization", version="v1.0", params={"$select": "id,verifiedDomains"})
