"""Enrollment of devices: restrictions, Autopilot, Apple and Android."""

from tenants.graph.contracts.model import (
    AssignmentWrite,
    Contract,
    Part,
    PartRead,
    PartWrite,
    Restorability,
    intune,
)

LABEL = "Enrollment"
CONTRACTS = (
    Contract(
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
    ),
    Contract(
        key="windowsAutopilotDeploymentProfiles",
        label="Autopilot profile",
        plural="Autopilot profiles",
        path="deviceManagement/windowsAutopilotDeploymentProfiles",
        declared_type="#microsoft.graph.windowsAutopilotDeploymentProfile",
        create_only=frozenset({"managementServiceAppId"}),
        assignment_write=AssignmentWrite.EACH,
        folders=("Enrollment Profiles/Windows", "AutoPilot", "Autopilot Deployment Profiles"),
        rank=710,
        permissions=intune("ServiceConfig"),
    ),
    Contract(
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
    ),
    Contract(
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
    ),
    Contract(
        key="androidDeviceOwnerEnrollmentProfiles",
        label="Android enrollment profile",
        plural="Android enrollment profiles",
        path="deviceManagement/androidDeviceOwnerEnrollmentProfiles",
        declared_type="#microsoft.graph.androidDeviceOwnerEnrollmentProfile",
        restorability=Restorability.CREATE_ONLY,
        restorability_reason=(
            "A new profile gets a new token and QR code; devices that were enrolled with the old "
            "token are not affected."
        ),
        computed=frozenset(
            {
                "accountId",
                "enrolledDeviceCount",
                "enrollmentTokenUsageCount",
                "qrCodeContent",
                "qrCodeImage",
                "tokenCreationDateTime",
                "tokenValue",
            }
        ),
        secrets=frozenset({"wifiPassword"}),
        assignment_write=AssignmentWrite.NONE,
        folders=("AndroidEnrollment",),
        shape=frozenset({"displayName", "enrollmentMode"}),
        rank=740,
        permissions=intune("Configuration"),
    ),
)
