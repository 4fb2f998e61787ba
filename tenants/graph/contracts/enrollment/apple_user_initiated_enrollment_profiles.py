"""Apple enrollment type profiles."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="appleUserInitiatedEnrollmentProfiles",
    label="Apple enrollment type profile",
    plural="Apple enrollment type profiles",
    path="deviceManagement/appleUserInitiatedEnrollmentProfiles",
    declared_type="#microsoft.graph.appleUserInitiatedEnrollmentProfile",
    create_only=frozenset({"platform"}),
    computed=frozenset({"priority"}),
    assignment_write=AssignmentWrite.EACH,
    folders=("AppleEnrollmentTypes",),
    shape=frozenset({"displayName", "defaultEnrollmentType"}),
    scope_tags_property="",
    rank=720,
    permissions=intune("ServiceConfig"),
)
