"""Compliance: policies of both services, and the scripts they run."""

from tenants.graph.contracts.model import (
    AssignmentWrite,
    Contract,
    Part,
    PartRead,
    PartWrite,
    intune,
)

LABEL = "Compliance"
CONTRACTS = (
    Contract(
        key="deviceComplianceScripts",
        label="Compliance script",
        plural="Compliance scripts",
        path="deviceManagement/deviceComplianceScripts",
        declared_type="#microsoft.graph.deviceComplianceScript",
        item_only=True,
        content=frozenset({"detectionScriptContent"}),
        assignment_write=AssignmentWrite.NONE,
        folders=("ComplianceScripts",),
        shape=frozenset({"displayName", "detectionScriptContent", "runAs32Bit"}),
        rank=120,
        permissions=intune("Scripts"),
    ),
    Contract(
        key="deviceCompliancePolicies",
        label="Compliance policy",
        plural="Compliance policies",
        path="deviceManagement/deviceCompliancePolicies",
        declared_type="#microsoft.graph.deviceCompliancePolicy",
        # Every tenant has the one by itself.
        excluded_types=frozenset({"defaultDeviceCompliancePolicy"}),
        parts=(
            Part(
                name="scheduledActionsForRule",
                expand="scheduledActionConfigurations",
                write=PartWrite.ACTION,
                action="scheduleActionsForRules",
                body_key="deviceComplianceScheduledActionForRules",
                is_mandatory=True,
            ),
        ),
        # Of what was sent as the rule's name, Graph answers nothing.
        computed=frozenset({"deviceSettings"}),
        folders=(
            "Compliance Policies/Policies",
            "CompliancePolicies",
            "Device Compliance Policies",
        ),
        rank=250,
        permissions=intune("Configuration"),
    ),
    Contract(
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
    ),
)
