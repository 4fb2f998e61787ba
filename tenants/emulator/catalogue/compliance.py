"""Compliance: policies of both services, and the scripts they run."""

from tenants.emulator.catalogue.configuration import SETTINGS
from tenants.emulator.catalogue.declaration import BOTH, Assigning, Collection, Part, intune

COMPLIANCE = "deviceManagement/deviceCompliancePolicies"
LINUX_COMPLIANCE = "deviceManagement/compliancePolicies"
COMPLIANCE_SCRIPTS = "deviceManagement/deviceComplianceScripts"

# Without the expand Graph has no route to the rules, odd as that is.
_RULES = Part(
    name="scheduledActionsForRule",
    in_create=True,
    nested=("scheduledActionConfigurations",),
    needs_expand="scheduledActionConfigurations",
)

COLLECTIONS = (
    Collection(
        path=COMPLIANCE,
        declared_type="deviceCompliancePolicy",
        versions=BOTH,
        excluded_types=frozenset({"defaultDeviceCompliancePolicy"}),
        required=("displayName",),
        update_status=204,
        parts=(_RULES,),
        actions=("scheduleActionsForRules",),
        assigning=Assigning.ACTION,
        **intune("Configuration"),
    ),
    Collection(
        path=LINUX_COMPLIANCE,
        declared_type="deviceManagementCompliancePolicy",
        required=("name", "platforms", "technologies", "settings"),
        patchable=frozenset({"name", "description", "roleScopeTagIds"}),
        parts=(SETTINGS, _RULES),
        actions=("setScheduledActions",),
        can_replace=True,
        assigning=Assigning.ACTION,
        **intune("Configuration"),
    ),
    Collection(
        path=COMPLIANCE_SCRIPTS,
        declared_type="deviceComplianceScript",
        required=("displayName", "detectionScriptContent"),
        item_only=("detectionScriptContent",),
        **intune("Scripts"),
    ),
)
