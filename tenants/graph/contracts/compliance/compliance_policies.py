"""Linux compliance policies."""

from tenants.graph.contracts.model import Contract, Part, PartRead, PartWrite, intune

CONTRACT = Contract(
    key="compliancePolicies",
    label="Linux compliance policy",
    plural="Linux compliance policies",
    path="deviceManagement/compliancePolicies",
    name_property="name",
    declared_type="#microsoft.graph.deviceManagementCompliancePolicy",
    update_method="PUT",
    discriminators=("platforms", "technologies"),
    parts=(
        Part(name="settings", read=PartRead.PAGE, count_property="settingCount"),
        Part(
            name="scheduledActionsForRule",
            read=PartRead.PAGE,
            expand="scheduledActionConfigurations",
            write=PartWrite.ACTION,
            action="setScheduledActions",
            body_key="scheduledActions",
            is_mandatory=True,
        ),
    ),
    computed=frozenset({"creationSource", "settingCount"}),
    create_only=frozenset({"platforms", "technologies"}),
    folders=("CompliancePoliciesV2",),
    shape=frozenset({"name", "settings", "technologies", "scheduledActionsForRule"}),
    rank=260,
    permissions=intune("Configuration"),
)
