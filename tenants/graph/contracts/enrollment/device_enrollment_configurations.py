"""Enrollment configurations."""

from tenants.graph.contracts.model import Contract, Part, PartRead, PartWrite, intune

CONTRACT = Contract(
    key="deviceEnrollmentConfigurations",
    label="Enrollment configuration",
    plural="Enrollment configurations",
    path="deviceManagement/deviceEnrollmentConfigurations",
    declared_type="#microsoft.graph.deviceEnrollmentConfiguration",
    parts=(
        Part(
            name="priority",
            read=PartRead.MEMBER,
            write=PartWrite.ACTION,
            in_create=False,
            action="setPriority",
            body_key="priority",
        ),
    ),
    computed=frozenset({"deviceEnrollmentConfigurationType", "windowsMobileRestriction"}),
    create_only=frozenset({"platformType"}),
    assign_key="enrollmentConfigurationAssignments",
    folders=(
        "Enrollment Configurations",
        "Enrollment Profiles/Windows/ESP",
        "EnrollmentRestrictions",
        "EnrollmentStatusPage",
        "CoManagementSettings",
    ),
    rank=700,
    permissions=intune("ServiceConfig"),
)
