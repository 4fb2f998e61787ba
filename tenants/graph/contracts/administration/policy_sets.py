"""Policy sets."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, Part, Restorability, intune

CONTRACT = Contract(
    key="policySets",
    label="Policy set",
    plural="Policy sets",
    path="deviceAppManagement/policySets",
    declared_type="#microsoft.graph.policySet",
    restorability=Restorability.CREATE_ONLY,
    restorability_reason=(
        "A policy set names its items by their ids. A new set can be created; the items of an "
        "existing one are changed in Intune."
    ),
    parts=(Part(name="items"),),
    computed=frozenset(
        {
            "errorCode",
            "status",
            "items.createdDateTime",
            "items.displayName",
            "items.errorCode",
            "items.guidedDeploymentTags",
            "items.itemType",
            "items.lastModifiedDateTime",
            "items.status",
        }
    ),
    not_restored={
        "assignments": "assigning a policy set assigns everything in it; that is done in Intune"
    },
    assignment_write=AssignmentWrite.NONE,
    folders=("PolicySets",),
    scope_tags_property="roleScopeTags",
    rank=900,
    permissions=intune("Apps"),
)
