"""Apple automated enrollment profiles."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, Restorability, intune

CONTRACT = Contract(
    key="enrollmentProfiles",
    label="Apple automated enrollment profile",
    plural="Apple automated enrollment profiles",
    path="deviceManagement/depOnboardingSettings/enrollmentProfiles",
    parent_path="deviceManagement/depOnboardingSettings",
    declared_type="#microsoft.graph.enrollmentProfile",
    restorability=Restorability.MANUAL,
    restorability_reason=(
        "These profiles belong to the token of Apple Business Manager that a tenant was "
        "connected with. Create them under the token of this tenant, in Intune."
    ),
    assignment_write=AssignmentWrite.NONE,
    folders=("Enrollment Profiles/Apple",),
    scope_tags_property="",
    rank=730,
    permissions=intune("ServiceConfig"),
)
