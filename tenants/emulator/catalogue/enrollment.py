"""Enrollment of devices, and Windows 365."""

from tenants.emulator.catalogue.declaration import (
    BOTH,
    Assigning,
    Collection,
    Part,
    intune,
    roles_of,
    seeded,
)

ENROLLMENT = "deviceManagement/deviceEnrollmentConfigurations"
APPLE = "deviceManagement/appleUserInitiatedEnrollmentProfiles"
AUTOPILOT = "deviceManagement/windowsAutopilotDeploymentProfiles"

COLLECTIONS = (
    Collection(
        path=ENROLLMENT,
        declared_type="deviceEnrollmentConfiguration",
        versions=BOTH,
        required=("displayName",),
        fixed=frozenset({"platformType", "deviceEnrollmentConfigurationType"}),
        actions=("setPriority",),
        assigning=Assigning.ACTION,
        assign_key="enrollmentConfigurationAssignments",
        id_form="{guid}_{kind}",
        **intune("ServiceConfig"),
    ),
    Collection(
        path=AUTOPILOT,
        declared_type="windowsAutopilotDeploymentProfile",
        versions=BOTH,
        required=("displayName",),
        fixed=frozenset({"managementServiceAppId"}),
        assigning=Assigning.EACH,
        **intune("ServiceConfig"),
    ),
    Collection(
        path=APPLE,
        declared_type="appleUserInitiatedEnrollmentProfile",
        required=("displayName", "platform", "defaultEnrollmentType"),
        fixed=frozenset({"platform"}),
        actions=("setPriority",),
        assigning=Assigning.EACH,
        tags_property="",
        **intune("ServiceConfig"),
    ),
    Collection(
        path="deviceManagement/androidDeviceOwnerEnrollmentProfiles",
        declared_type="androidDeviceOwnerEnrollmentProfile",
        required=("displayName", "enrollmentMode"),
        fixed=frozenset({"enrollmentMode"}),
        server_values={"enrolledDeviceCount": 0, "enrollmentTokenUsageCount": 0},
        **intune("Configuration"),
    ),
    seeded(
        "deviceManagement/depOnboardingSettings",
        "depOnboardingSetting",
        *intune("ServiceConfig")["read_roles"],
        parts=(Part(name="enrollmentProfiles", each=True),),
        can_create=False,
        write_roles=intune("ServiceConfig")["write_roles"],
    ),
    Collection(
        path="deviceManagement/virtualEndpoint/provisioningPolicies",
        declared_type="cloudPcProvisioningPolicy",
        versions=BOTH,
        required=("displayName", "imageId", "imageType"),
        fixed=frozenset({"provisioningType"}),
        assigning=Assigning.ACTION,
        assign_status=204,
        tags_property="scopeIds",
        **roles_of("CloudPC"),
    ),
    Collection(
        path="deviceManagement/virtualEndpoint/userSettings",
        declared_type="cloudPcUserSetting",
        versions=BOTH,
        required=("displayName",),
        assigning=Assigning.ACTION,
        assign_status=204,
        tags_property="",
        **roles_of("CloudPC"),
    ),
)
