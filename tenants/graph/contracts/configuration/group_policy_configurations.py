"""Administrative template policies."""

from tenants.graph.contracts.model import Contract, Part, PartRead, PartWrite, intune

CONTRACT = Contract(
    key="groupPolicyConfigurations",
    label="Administrative template policy",
    plural="Administrative template policies",
    path="deviceManagement/groupPolicyConfigurations",
    declared_type="#microsoft.graph.groupPolicyConfiguration",
    parts=(
        Part(
            name="definitionValues",
            read=PartRead.PAGE,
            expand="definition,presentationValues($expand=presentation)",
            write=PartWrite.ACTION,
            in_create=False,
            action="updateDefinitionValues",
            body_key="added",
            deleted_key="deletedIds",
            always_empty=("updated",),
        ),
    ),
    computed=frozenset({"policyConfigurationIngestionType"}),
    binds={
        "definitionValues.definition": "deviceManagement/groupPolicyDefinitions('{id}')",
        "definitionValues.presentationValues.presentation": (
            "deviceManagement/groupPolicyDefinitions('{parent}')/presentations('{id}')"
        ),
    },
    folders=("Group Policy Configurations", "AdministrativeTemplates"),
    shape=frozenset({"displayName", "definitionValues"}),
    rank=310,
    permissions=intune("Configuration"),
)
