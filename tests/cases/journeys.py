"""Whole journeys of many policies at once, and what came of each: a restore for all types."""

import json
import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from restore_safety.policies.target import target_digest
from restore_safety.truth.references import ReferenceKind
from tenants.access.service import bootstrap_role
from tenants.graph.contracts import CONTRACTS, Restorability, contract
from tenants.graph.payloads import without_paths
from tenants.models import Verification
from tenants.models.capabilities import Role
from tests.cases.harness import SECRET, Walk
from tests.cases.makers import CONTEXT, GRAPH, as_held, id_of
from tests.cases.samples import BESIDE, SAMPLES
from tests.factories import (
    ProviderConnectionFactory,
    TenantFactory,
    UserFactory,
    WorkspaceFactory,
)

RESTORABLE = [
    key
    for key, one in CONTRACTS.items()
    if one.restorability in {Restorability.FULL, Restorability.CREATE_ONLY}
]
ASSIGNABLE = [key for key in RESTORABLE if not CONTRACTS[key].unassigned]
BY_THE_SERVICE = {
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "modifiedDateTime",
    "version",
    "isAssigned",
    "deployedAppCount",
    "imageDisplayName",
    "policyConfigurationIngestionType",
    # Answered from the message that is marked as the default.
    "defaultLocale",
    "source",
    "sourceId",
    "tokenValue",
    "tokenCreationDateTime",
    "qrCodeContent",
    "qrCodeImage",
}

# What only points to an object is that object's id, however much of it is shown.
LINKS = {"definition", "presentation", "roleDefinition"}
PILOT_THERE = "Pilot there"


@dataclass
class Journey:
    """What came of each type, as plain facts; nothing when the restore left it out."""

    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    digests: dict = field(default_factory=dict)
    digests_after: dict = field(default_factory=dict)
    decisions: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    results: dict = field(default_factory=dict)
    again: dict = field(default_factory=dict)
    refused: list = field(default_factory=list)
    written: list = field(default_factory=list)
    blockers: dict = field(default_factory=dict)


def name_of_sample(key):
    return SAMPLES[key].payload[CONTRACTS[key].name_property]


TO_A_GROUP_TYPE = f"{GRAPH}groupAssignmentTarget"
TO_A_GROUP = {
    "@odata.type": TO_A_GROUP_TYPE,
    "deviceAndAppManagementAssignmentFilterId": None,
    "deviceAndAppManagementAssignmentFilterType": "none",
}


def assignment_of(key, group):
    held = SAMPLES[key].assignment
    entry = {"id": id_of(f"assignment of {key}"), "source": "direct"}
    target = target_of(held["target"]) | {"groupId": group}
    return entry | held | {"target": target}


def target_of(held):
    """The target of the demo when it is of a kind of its own, or else one of a group."""
    return TO_A_GROUP if held.get("@odata.type", TO_A_GROUP_TYPE) == TO_A_GROUP_TYPE else held


def held_by(keys, *, assigned, group):
    """The samples of these types as a tenant holds them, with what they need beside them."""
    held = {}
    for key in keys:
        sample = SAMPLES[key]
        entries = [assignment_of(key, group)] if assigned and key in ASSIGNABLE else []
        held.setdefault(CONTRACTS[key].path, []).append(
            as_held(sample.payload, assignments=entries)
        )
    return merged(held, BESIDE)


def merged(first, second):
    return {path: [*first.get(path, []), *second.get(path, [])] for path in first | second}


def walk_in(control, folder, operator, tenant):
    connection = ProviderConnectionFactory(
        tenant=tenant,
        directory_id=uuid.uuid4(),
        secret=SECRET,
        verification=Verification.VERIFIED,
        last_verified_at=timezone.now(),
    )
    return Walk(
        control=control, connection=connection, tenant=tenant, operator=operator, folder=folder
    )


def two_walks(control, folder):
    workspace = WorkspaceFactory()
    operator = UserFactory()
    walks = []
    for name in ("Contoso", "Tailwind"):
        tenant = TenantFactory(workspace=workspace, name=name)
        bootstrap_role(user=operator, tenant=tenant, role=Role.OPERATOR)
        walks.append(walk_in(control, folder, operator, tenant))
    return walks


def undone(blocker, emulator):
    """A place for a journey: a database that forgets it, and the emulator to ask."""
    return _Undone(blocker, emulator)


class _Undone:
    def __init__(self, blocker, emulator):
        self.unblocked = blocker.unblock()
        self.atomic = transaction.atomic()
        self.settings = override_settings(
            GRAPH_EMULATOR_URL=emulator.url,
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        )

    def __enter__(self):
        self.unblocked.__enter__()
        self.settings.enable()
        self.atomic.__enter__()

    def __exit__(self, *raised):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.settings.disable()
        self.unblocked.__exit__(None, None, None)


def in_the_same_tenant(control, folder, *, assigned, deleted):
    """Capture, delete or change each policy, restore, and look again."""
    walk, _ = two_walks(control, folder)
    group = id_of("Pilot")
    walk.hold(held_by(RESTORABLE, assigned=assigned, group=group), groups=["Pilot"])
    walk.capture()
    journey = Journey(before=live_of(walk), digests=digests_of(walk))
    for key in RESTORABLE:
        sample, path = SAMPLES[key], CONTRACTS[key].path
        if deleted:
            control.remove_object(walk.directory, path, sample.payload["id"])
        else:
            control.change_object(walk.directory, path, sample.payload["id"], sample.changed)
    return restored(journey, walk, names=[name_of_sample(key) for key in RESTORABLE])


def in_another_tenant(control, folder, *, assigned):
    """Capture here, hand the files to another tenant, map its groups, restore there."""
    here, there = two_walks(control, folder)
    group = id_of("Pilot")
    here.hold(held_by(RESTORABLE, assigned=assigned, group=group), groups=["Pilot"])
    here.capture()
    journey = Journey(before=live_of(here), digests=digests_of(here))
    pilots = {"id": id_of(PILOT_THERE), "displayName": "Pilot"}
    there.hold(BESIDE, groups=[pilots])
    files = files_of(here)
    there.import_files(files, origin=None)
    names = [name_of_sample(key) for key in RESTORABLE]
    mapping = {"mapping": {ReferenceKind.GROUP: {group: pilots["id"]}}}
    return restored(journey, there, names=names, **mapping)


def files_of(walk):
    """The backup as files, in the layout of IntuneManagement."""
    files = {}
    for number, item in enumerate(walk.entries.values()):
        context = {"@odata.context": f"{CONTEXT}{contract(item.contract_key).path}/$entity"}
        content = context | item.payload.content
        if item.assignments is not None and not contract(item.contract_key).unassigned:
            content |= {"assignments": item.assignments}
        files[f"{item.contract_key}/{number}.json"] = content
    table = {
        "TenantId": walk.directory,
        "Organization": "Contoso",
        "Objects": [{"DisplayName": "Pilot", "Id": id_of("Pilot"), "Type": "Group"}],
    }
    return files | {"MigrationTable.json": table}


def restored(journey, walk, *, names, **choices):
    """Preview all, restore what no blocker is about, and look at everything again."""
    walk.preview(only=names, **choices)
    journey.decisions = {one: item.decision for one, item in walk.plan.items()}
    journey.reasons = {one: item.reason_code for one, item in walk.plan.items()}
    for finding in walk.findings:
        if finding.severity == "blocker":
            for subject in finding.subjects:
                journey.blockers.setdefault(subject["name"], []).append(finding.code)
    walk.restore(only=set(names) - journey.blockers.keys(), **choices)
    journey.results = walk.results
    journey.refused, journey.written = walk.refused(), walk.writes()
    journey.after = live_of(walk)
    walk.preview(only=names, **choices)
    journey.again = {one: item.decision for one, item in walk.plan.items()}
    walk.capture()
    journey.digests_after = digests_of(walk)
    return journey


def digests_of(walk):
    rows = walk.backup.items.select_related("payload")
    return {
        one.name: target_digest(contract(one.contract_key), one.payload.content, one.assignments)
        for one in rows
    }


def live_of(walk):
    """What the tenant holds, by type and name, without what the service sets."""
    objects = walk.control.dump_tenant(walk.directory)["objects"]
    found = {}
    for key in RESTORABLE:
        kind = CONTRACTS[key]
        for one in objects.get(kind.path, []):
            if one.get("id") != "0":
                content = without_paths(one, kind.computed)
                found[key, one.get(kind.name_property)] = comparable(content)
    return found


def comparable(value):
    """Content alone, with every list in one order."""
    if isinstance(value, dict):
        return {
            key: one["id"] if key in LINKS else comparable(one)
            for key, one in value.items()
            if key not in BY_THE_SERVICE and one is not None and "@" not in key.lstrip("@")
        }
    if isinstance(value, list):
        return sorted(
            (comparable(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True)
        )
    # The group that stands for Pilot in another tenant.
    return id_of("Pilot") if value == id_of(PILOT_THERE) else value
