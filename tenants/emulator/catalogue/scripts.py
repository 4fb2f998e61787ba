"""Scripts, remediations, and updates of Windows."""

from tenants.emulator.catalogue.declaration import Assigning, Collection, intune

SCRIPTS = "deviceManagement/deviceManagementScripts"
DRIVERS = "deviceManagement/windowsDriverUpdateProfiles"

COLLECTIONS = (
    Collection(
        path=SCRIPTS,
        declared_type="deviceManagementScript",
        required=("displayName", "scriptContent", "fileName", "runAsAccount"),
        assigning=Assigning.ACTION,
        assign_key="deviceManagementScriptAssignments",
        item_only=("scriptContent",),
        **intune("Scripts"),
    ),
    Collection(
        path="deviceManagement/deviceShellScripts",
        declared_type="deviceShellScript",
        required=("displayName", "scriptContent", "fileName", "runAsAccount"),
        assigning=Assigning.ACTION,
        assign_key="deviceManagementScriptAssignments",
        item_only=("scriptContent",),
        **intune("Scripts"),
    ),
    Collection(
        path="deviceManagement/deviceCustomAttributeShellScripts",
        declared_type="deviceCustomAttributeShellScript",
        required=(
            "displayName",
            "scriptContent",
            "fileName",
            "customAttributeName",
            "customAttributeType",
        ),
        fixed=frozenset({"customAttributeName", "customAttributeType"}),
        assigning=Assigning.ACTION,
        assign_key="deviceManagementScriptAssignments",
        item_only=("scriptContent",),
        **intune("Scripts"),
    ),
    Collection(
        path="deviceManagement/deviceHealthScripts",
        declared_type="deviceHealthScript",
        required=("displayName", "detectionScriptContent"),
        assigning=Assigning.ACTION,
        assign_key="deviceHealthScriptAssignments",
        item_only=("detectionScriptContent", "remediationScriptContent"),
        server_values={
            "deviceHealthScriptType": "deviceHealthScript",
            "isGlobalScript": False,
            "version": "1",
        },
        **intune("Scripts"),
    ),
    Collection(
        path=DRIVERS,
        declared_type="windowsDriverUpdateProfile",
        required=("displayName", "approvalType"),
        fixed=frozenset({"approvalType"}),
        assigning=Assigning.ACTION,
        assign_status=204,
        server_values={"newUpdates": 0, "deviceReporting": None, "inventorySyncStatus": None},
        **intune("Configuration"),
    ),
    Collection(
        path="deviceManagement/windowsFeatureUpdateProfiles",
        declared_type="windowsFeatureUpdateProfile",
        required=("displayName", "featureUpdateVersion"),
        fixed=frozenset({"installLatestWindows10OnWindows11IneligibleDevice"}),
        assigning=Assigning.ACTION,
        assign_status=204,
        **intune("Configuration"),
    ),
    Collection(
        path="deviceManagement/windowsQualityUpdateProfiles",
        declared_type="windowsQualityUpdateProfile",
        required=("displayName", "expeditedUpdateSettings"),
        assigning=Assigning.ACTION,
        assign_status=204,
        **intune("Configuration"),
    ),
    Collection(
        path="deviceManagement/windowsQualityUpdatePolicies",
        declared_type="windowsQualityUpdatePolicy",
        required=("displayName",),
        assigning=Assigning.ACTION,
        assign_status=204,
        **intune("Configuration"),
    ),
)
