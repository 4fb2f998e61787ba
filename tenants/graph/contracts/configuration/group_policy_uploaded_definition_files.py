"""Uploaded administrative template files."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, Restorability, intune

CONTRACT = Contract(
    key="groupPolicyUploadedDefinitionFiles",
    label="Uploaded administrative template file",
    plural="Uploaded administrative template files",
    path="deviceManagement/groupPolicyUploadedDefinitionFiles",
    declared_type="#microsoft.graph.groupPolicyUploadedDefinitionFile",
    restorability=Restorability.MANUAL,
    restorability_reason=(
        "Graph never answers the ADMX and ADML files themselves. Upload them again in Intune."
    ),
    unanswered={"groupPolicyUploadedDefinitionFile": "its ADMX and ADML files"},
    assignment_write=AssignmentWrite.NONE,
    folders=("ADMXFiles",),
    shape=frozenset({"fileName", "targetNamespace"}),
    scope_tags_property="",
    rank=110,
    permissions=intune("Configuration"),
)
