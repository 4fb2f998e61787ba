"""Configuration of devices: settings catalog, profiles, administrative templates, intents."""

from tenants.emulator.catalogue.declaration import BOTH, Assigning, Collection, Part, intune, seeded

CATALOG = "deviceManagement/configurationPolicies"
DEVICE_CONFIGURATIONS = "deviceManagement/deviceConfigurations"
REUSABLE_SETTINGS = "deviceManagement/reusablePolicySettings"
GROUP_POLICIES = "deviceManagement/groupPolicyConfigurations"
GROUP_POLICY_DEFINITIONS = "deviceManagement/groupPolicyDefinitions"
INTENTS = "deviceManagement/intents"
TEMPLATES = "deviceManagement/templates"
SETTING_DEFINITIONS = "deviceManagement/configurationSettings"
POLICY_TEMPLATES = "deviceManagement/configurationPolicyTemplates"

SETTINGS_PAGE = 25
TEMPLATE_NONE = {
    "templateId": "",
    "templateFamily": "none",
    "templateDisplayName": None,
    "templateDisplayVersion": None,
}
SETTINGS = Part(name="settings", in_create=True, numbered=True, page=SETTINGS_PAGE)

_READ = intune("Configuration")["read_roles"]

COLLECTIONS = (
    Collection(
        path=CATALOG,
        declared_type="deviceManagementConfigurationPolicy",
        required=("name", "platforms", "technologies", "settings"),
        patchable=frozenset({"name", "description", "roleScopeTagIds"}),
        parts=(SETTINGS,),
        can_replace=True,
        assigning=Assigning.ACTION,
        defaults={"templateReference": TEMPLATE_NONE},
        **intune("Configuration"),
    ),
    Collection(
        path=REUSABLE_SETTINGS,
        declared_type="deviceManagementReusablePolicySetting",
        required=("displayName", "settingDefinitionId", "settingInstance"),
        fixed=frozenset({"settingDefinitionId"}),
        can_replace=True,
        item_only=("settingInstance",),
        tags_property="",
        server_values={"referencingConfigurationPolicyCount": 0},
        **intune("Configuration"),
    ),
    Collection(
        path=DEVICE_CONFIGURATIONS,
        declared_type="deviceConfiguration",
        versions=BOTH,
        excluded_types=frozenset({"unsupportedDeviceConfiguration"}),
        required=("displayName",),
        update_status=204,
        parts=(Part(name="privacyAccessControls"),),
        actions=("windowsPrivacyAccessControls",),
        assigning=Assigning.ACTION,
        server_values={"supportsScopeTags": True},
        **intune("Configuration"),
    ),
    Collection(
        path=GROUP_POLICIES,
        declared_type="groupPolicyConfiguration",
        required=("displayName",),
        parts=(Part(name="definitionValues", each=True, nested=("presentationValues",)),),
        actions=("updateDefinitionValues",),
        assigning=Assigning.ACTION,
        defaults={"policyConfigurationIngestionType": "unknown"},
        **intune("Configuration"),
    ),
    Collection(
        path=INTENTS,
        declared_type="deviceManagementIntent",
        required=("displayName",),
        fixed=frozenset({"templateId"}),
        can_create=False,
        parts=(Part(name="settings"),),
        actions=("updateSettings",),
        assigning=Assigning.ACTION,
        assign_status=204,
        **intune("Configuration"),
    ),
    Collection(
        path=TEMPLATES,
        declared_type="deviceManagementTemplate",
        can_create=False,
        parts=(Part(name="settings"),),
        actions=("createInstance",),
        tags_property="",
        modified_property="",
        **intune("Configuration"),
    ),
    Collection(
        path="deviceManagement/hardwareConfigurations",
        declared_type="hardwareConfiguration",
        required=("displayName", "fileName", "configurationFileContent"),
        fixed=frozenset({"hardwareConfigurationFormat"}),
        item_only=("configurationFileContent",),
        assigning=Assigning.ACTION,
        assign_key="hardwareConfigurationAssignments",
        **intune("Configuration"),
    ),
    seeded(
        GROUP_POLICY_DEFINITIONS,
        "groupPolicyDefinition",
        *_READ,
        parts=(Part(name="presentations"),),
    ),
    Collection(
        path="deviceManagement/groupPolicyUploadedDefinitionFiles",
        declared_type="groupPolicyUploadedDefinitionFile",
        required=("fileName", "content"),
        item_only=("content",),
        tags_property="",
        **intune("Configuration"),
    ),
    seeded(SETTING_DEFINITIONS, "deviceManagementConfigurationSettingDefinition", *_READ),
    seeded(POLICY_TEMPLATES, "deviceManagementConfigurationPolicyTemplate", *_READ),
)
