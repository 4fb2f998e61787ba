"""Compliance policies."""

from tenants.graph.contracts.model import Contract, Part, PartWrite, intune

CONTRACT = Contract(
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
)
