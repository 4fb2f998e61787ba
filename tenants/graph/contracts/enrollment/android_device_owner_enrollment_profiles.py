"""Android enrollment profiles."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, Restorability, intune

CONTRACT = Contract(
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
)
