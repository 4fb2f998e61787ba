"""One valid policy of every type, as Graph answers it: a new type needs one here, and no more."""

from dataclasses import dataclass, field
from typing import Any

from tests.cases.makers import (
    CAMERA,
    GRAPH,
    base64_of,
    catalog,
    choice,
    compliance,
    conditional_access,
    configuration,
    device_filter,
    id_of,
    script,
)

APP = "deviceAppManagement/mobileApps"
TEMPLATES = "deviceManagement/templates"
LEGACY_TEMPLATE = id_of("legacy template")
DEFINITION = id_of("group policy definition")
PRESENTATION = id_of("group policy presentation")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A policy, and one change another administrator may make to it.

    `beside` is what has to be in a tenant for the policy to be created there, by path.
    """

    payload: dict[str, Any]
    changed: dict[str, Any]
    beside: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # How it is assigned beyond its target, and what its target holds beside the group.
    assigned: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] | None = None


def plain(kind, name, **members):
    """The members most types have, with those of the one."""
    return {
        "@odata.type": f"{GRAPH}{kind}",
        "id": id_of(name),
        "displayName": name,
        "description": "As it should be",
    } | members


def tagged(kind, name, **members):
    return plain(kind, name, roleScopeTagIds=["0"], **members)


OTHERWISE = {"description": "Changed by hand"}
SCRIPT = base64_of("Write-Host 1")
SHELL = base64_of("#!/bin/sh\necho 1\n")

WEB_APP = tagged(
    "webApp",
    "Portal",
    publisher="Example",
    appUrl="https://portal.example.com",
    useManagedBrowser=False,
    isFeatured=False,
    largeIcon=None,
    privacyInformationUrl=None,
    informationUrl=None,
    owner="",
    developer="",
    notes="",
)
STORE_APP = tagged(
    "iosStoreApp",
    "Mail for iOS",
    publisher="Example",
    bundleId="com.example.mail",
    appStoreUrl="https://apps.apple.com/app/id1",
    applicableDeviceType={
        "@odata.type": f"{GRAPH}iosDeviceType",
        "iPad": True,
        "iPhoneAndIPod": True,
    },
    minimumSupportedOperatingSystem={
        "@odata.type": f"{GRAPH}iosMinimumOperatingSystem",
        "v14_0": True,
    },
)
ANDROID_APP = tagged(
    "androidManagedStoreApp",
    "Mail for Android",
    publisher="Example",
    packageId="com.example.mail",
    appStoreUrl="https://play.google.com/store/apps/details?id=com.example.mail",
)


def app(kind, **identifier):
    return {"mobileAppIdentifier": {"@odata.type": f"{GRAPH}{kind}Identifier"} | identifier}


def protection(platform, name, **members):
    return tagged(f"{platform}ManagedAppProtection", name, **members)


CLOUD_PC_TARGET = {
    "@odata.type": f"{GRAPH}cloudPcManagementGroupAssignmentTarget",
    "servicePlanId": None,
    "allotmentDisplayName": None,
    "allotmentLicensesCount": None,
}


def limit(name="Five devices", **members):
    return tagged("deviceEnrollmentLimitConfiguration", name, limit=5, priority=1, **members)


SAMPLES = {
    "roleScopeTags": Sample(
        payload={"id": "7", "displayName": "Branch", "description": "A branch office"},
        changed=OTHERWISE,
    ),
    "assignmentFilters": Sample(payload=device_filter("Corporate"), changed=OTHERWISE),
    "roleDefinitions": Sample(
        payload=tagged(
            "deviceAndAppManagementRoleDefinition",
            "Help desk",
            isBuiltIn=False,
            rolePermissions=[
                {
                    "actions": [],
                    "resourceActions": [
                        {
                            "allowedResourceActions": ["Microsoft.Intune_ManagedDevices_Read"],
                            "notAllowedResourceActions": [],
                        }
                    ],
                }
            ],
        ),
        changed=OTHERWISE,
    ),
    "deviceCategories": Sample(payload=tagged("deviceCategory", "Kiosks"), changed=OTHERWISE),
    "notificationMessageTemplates": Sample(
        payload=tagged(
            "notificationMessageTemplate",
            "Not compliant",
            defaultLocale="en-us",
            brandingOptions="includeCompanyLogo,includeCompanyName",
            localizedNotificationMessages=[
                {
                    "id": id_of("message en"),
                    "locale": "en-us",
                    "subject": "Your device",
                    "messageTemplate": "It is not compliant.",
                    "isDefault": True,
                },
                {
                    "id": id_of("message de"),
                    "locale": "de-de",
                    "subject": "Ihr Gerät",
                    "messageTemplate": "Es ist nicht konform.",
                    "isDefault": False,
                },
            ],
        ),
        changed={"brandingOptions": "includeCompanyName"},
    ),
    "termsAndConditions": Sample(
        payload=tagged(
            "termsAndConditions",
            "Terms",
            title="Terms",
            bodyText="Use it well.",
            acceptanceStatement="I will.",
            version=1,
        ),
        changed={"bodyText": "Use it."},
    ),
    "intuneBrandingProfiles": Sample(
        payload={
            "@odata.type": f"{GRAPH}intuneBrandingProfile",
            "id": id_of("Branding"),
            "profileName": "Branding",
            "profileDescription": "As it should be",
            "isDefaultProfile": False,
            "displayName": "Example",
            "contactITName": "Help desk",
            "contactITPhoneNumber": "1",
            "showLogo": False,
            "showDisplayNameNextToLogo": True,
            "themeColor": {"r": 0, "g": 114, "b": 198},
            "roleScopeTagIds": ["0"],
        },
        changed={"contactITPhoneNumber": "2"},
    ),
    "namedLocations": Sample(
        payload={
            "@odata.type": f"{GRAPH}ipNamedLocation",
            "id": id_of("Office"),
            "displayName": "Office",
            "isTrusted": True,
            "ipRanges": [
                {"@odata.type": f"{GRAPH}iPv4CidrRange", "cidrAddress": "198.51.100.0/24"},
                {"@odata.type": f"{GRAPH}iPv6CidrRange", "cidrAddress": "2001:db8::/48"},
            ],
        },
        changed={"isTrusted": False},
    ),
    "authenticationStrengthPolicies": Sample(
        payload=plain(
            "authenticationStrengthPolicy",
            "Security keys",
            policyType="custom",
            requirementsSatisfied="mfa",
            allowedCombinations=["fido2", "windowsHelloForBusiness"],
            combinationConfigurations=[],
        ),
        changed=OTHERWISE,
    ),
    "authenticationContextClassReferences": Sample(
        payload={
            "id": "c7",
            "displayName": "Trusted devices",
            "description": "As it should be",
            "isAvailable": True,
        },
        changed=OTHERWISE,
    ),
    "agreements": Sample(
        payload={
            "id": id_of("Terms of use"),
            "displayName": "Terms of use",
            "isViewingBeforeAcceptanceRequired": True,
            "isPerDeviceAcceptanceRequired": False,
            "termsExpiration": None,
            "userReacceptRequiredFrequency": None,
        },
        changed={"isViewingBeforeAcceptanceRequired": False},
    ),
    "reusablePolicySettings": Sample(
        payload={
            "id": id_of("Addresses"),
            "displayName": "Addresses",
            "description": "As it should be",
            "settingDefinitionId": CAMERA,
            "settingInstance": choice(CAMERA),
            "version": 1,
            "referencingConfigurationPolicyCount": 0,
        },
        changed=OTHERWISE,
    ),
    "groupPolicyUploadedDefinitionFiles": Sample(
        payload={
            "@odata.type": f"{GRAPH}groupPolicyUploadedDefinitionFile",
            "id": id_of("ADMX"),
            "displayName": "ADMX",
            "description": "",
            "fileName": "example.admx",
            "targetNamespace": "Example.Policies",
            "targetPrefix": "example",
            "languageCodes": ["en-US"],
            "policyType": "admxIngested",
            "revision": "1.0",
            "status": "available",
        },
        changed={"revision": "2.0"},
    ),
    "deviceComplianceScripts": Sample(
        payload=tagged(
            "deviceComplianceScript",
            "Battery",
            publisher="Example",
            runAsAccount="system",
            enforceSignatureCheck=False,
            runAs32Bit=False,
            detectionScriptContent=SCRIPT,
        ),
        changed=OTHERWISE,
    ),
    "mobileApps": Sample(payload=WEB_APP, changed={"notes": "Changed by hand"}),
    "deviceConfigurations": Sample(
        payload=configuration(
            "Restrictions",
            "windows10GeneralConfiguration",
            description="As it should be",
            cameraBlocked=True,
            passwordMinimumLength=8,
            edgeHomepageUrls=["https://a.example"],
        ),
        changed={"passwordMinimumLength": 4},
    ),
    "configurationPolicies": Sample(payload=catalog("Camera"), changed=OTHERWISE),
    "groupPolicyConfigurations": Sample(
        payload=tagged(
            "groupPolicyConfiguration",
            "Templates",
            policyConfigurationIngestionType="builtIn",
            definitionValues=[
                {
                    "id": id_of("definition value"),
                    "enabled": True,
                    "configurationType": "policy",
                    "definition": {
                        "id": DEFINITION,
                        "displayName": "Home page",
                        "classType": "user",
                        "categoryPath": "\\Browser",
                    },
                    "presentationValues": [
                        {
                            "@odata.type": f"{GRAPH}groupPolicyPresentationValueText",
                            "id": id_of("presentation value"),
                            "value": "https://a.example",
                            "presentation": {
                                "@odata.type": f"{GRAPH}groupPolicyPresentationTextBox",
                                "id": PRESENTATION,
                                "label": "Address",
                            },
                        }
                    ],
                }
            ],
        ),
        changed=OTHERWISE,
        beside={
            "deviceManagement/groupPolicyDefinitions": [
                {
                    "@odata.type": f"{GRAPH}groupPolicyDefinition",
                    "id": DEFINITION,
                    "displayName": "Home page",
                    "classType": "user",
                    "categoryPath": "\\Browser",
                    "presentations": [
                        {
                            "@odata.type": f"{GRAPH}groupPolicyPresentationTextBox",
                            "id": PRESENTATION,
                            "label": "Address",
                        }
                    ],
                }
            ]
        },
    ),
    "intents": Sample(
        payload=tagged(
            "deviceManagementIntent",
            "Firewall of old",
            templateId=LEGACY_TEMPLATE,
            isAssigned=False,
            settings=[
                {
                    "@odata.type": f"{GRAPH}deviceManagementBooleanSettingInstance",
                    "id": id_of("intent setting"),
                    "definitionId": "deviceConfiguration--firewall_enabled",
                    "valueJson": "true",
                    "value": True,
                }
            ],
        ),
        changed=OTHERWISE,
        beside={
            TEMPLATES: [
                {
                    "@odata.type": f"{GRAPH}deviceManagementTemplate",
                    "id": LEGACY_TEMPLATE,
                    "displayName": "Firewall",
                    "isDeprecated": False,
                    "templateType": "securityTemplate",
                }
            ]
        },
    ),
    "hardwareConfigurations": Sample(
        payload=tagged(
            "hardwareConfiguration",
            "Laptops",
            fileName="laptops.cctk",
            configurationFileContent=base64_of("[cctk]\n"),
            hardwareConfigurationFormat="dell",
            perDevicePasswordDisabled=True,
            version=1,
        ),
        changed=OTHERWISE,
    ),
    "deviceCompliancePolicies": Sample(
        payload=compliance("Rules", description="As it should be"), changed=OTHERWISE
    ),
    "compliancePolicies": Sample(
        payload={
            "id": id_of("Linux"),
            "name": "Linux",
            "description": "As it should be",
            "platforms": "linux",
            "technologies": "linuxMdm",
            "roleScopeTagIds": ["0"],
            "settingCount": 1,
            "settings": [
                {
                    "id": "0",
                    "settingInstance": choice("linux_deviceencryption_required", "true"),
                }
            ],
            "scheduledActionsForRule": [
                {
                    "id": id_of("rule of Linux"),
                    "ruleName": None,
                    "scheduledActionConfigurations": [
                        {
                            "id": id_of("action of Linux"),
                            "actionType": "block",
                            "gracePeriodHours": 0,
                            "notificationTemplateId": "00000000-0000-0000-0000-000000000000",
                            "notificationMessageCCList": [],
                        }
                    ],
                }
            ],
        },
        changed=OTHERWISE,
    ),
    "deviceManagementScripts": Sample(
        payload=script("Cleanup", description="As it should be"), changed=OTHERWISE
    ),
    "deviceShellScripts": Sample(
        payload=tagged(
            "deviceShellScript",
            "Shell",
            scriptContent=SHELL,
            runAsAccount="system",
            fileName="a.sh",
            retryCount=3,
            executionFrequency="PT1H",
            blockExecutionNotifications=True,
        ),
        changed=OTHERWISE,
    ),
    "deviceCustomAttributeShellScripts": Sample(
        payload=tagged(
            "deviceCustomAttributeShellScript",
            "Attribute",
            customAttributeName="Attribute",
            customAttributeType="string",
            scriptContent=SHELL,
            runAsAccount="system",
            fileName="a.sh",
        ),
        changed=OTHERWISE,
    ),
    "deviceHealthScripts": Sample(
        payload=tagged(
            "deviceHealthScript",
            "Remediation",
            publisher="Example",
            version="1",
            detectionScriptContent=SCRIPT,
            remediationScriptContent=SCRIPT,
            detectionScriptParameters=[],
            remediationScriptParameters=[],
            runAsAccount="system",
            enforceSignatureCheck=False,
            runAs32Bit=False,
            isGlobalScript=False,
            deviceHealthScriptType="deviceHealthScript",
            highestAvailableVersion=None,
        ),
        changed=OTHERWISE,
        assigned={
            "runRemediationScript": True,
            "runSchedule": {
                "@odata.type": f"{GRAPH}deviceHealthScriptDailySchedule",
                "interval": 1,
                "useUtc": False,
                "time": "01:00:00.0000000",
            },
        },
    ),
    "windowsFeatureUpdateProfiles": Sample(
        payload=tagged(
            "windowsFeatureUpdateProfile",
            "24H2",
            featureUpdateVersion="Windows 11, version 24H2",
            installFeatureUpdatesOptional=False,
            installLatestWindows10OnWindows11IneligibleDevice=False,
            rolloutSettings={
                "offerStartDateTimeInUTC": None,
                "offerEndDateTimeInUTC": None,
                "offerIntervalInDays": None,
            },
        ),
        changed=OTHERWISE,
    ),
    "windowsQualityUpdateProfiles": Sample(
        payload=tagged(
            "windowsQualityUpdateProfile",
            "Expedited",
            expeditedUpdateSettings={
                "qualityUpdateRelease": "2026-01-13T00:00:00Z",
                "daysUntilForcedReboot": 1,
            },
        ),
        changed=OTHERWISE,
    ),
    "windowsQualityUpdatePolicies": Sample(
        payload=tagged("windowsQualityUpdatePolicy", "Hotpatch", hotpatchEnabled=True),
        changed={"hotpatchEnabled": False},
    ),
    "windowsDriverUpdateProfiles": Sample(
        payload=tagged(
            "windowsDriverUpdateProfile",
            "Drivers",
            approvalType="automatic",
            deploymentDeferralInDays=7,
        ),
        changed={"deploymentDeferralInDays": 1},
    ),
    "deviceEnrollmentConfigurations": Sample(payload=limit(), changed={"limit": 9}),
    "windowsAutopilotDeploymentProfiles": Sample(
        payload=tagged(
            "azureADWindowsAutopilotDeploymentProfile",
            "Autopilot",
            language="os-default",
            locale="os-default",
            deviceNameTemplate="PC%SERIAL%",
            deviceType="windowsPc",
            preprovisioningAllowed=True,
            hardwareHashExtractionEnabled=True,
            outOfBoxExperienceSetting={
                "privacySettingsHidden": True,
                "eulaHidden": True,
                "userType": "standard",
                "deviceUsageType": "singleUser",
                "keyboardSelectionPageSkipped": True,
                "escapeLinkHidden": True,
            },
        ),
        changed=OTHERWISE,
    ),
    "appleUserInitiatedEnrollmentProfiles": Sample(
        payload=plain(
            "appleUserInitiatedEnrollmentProfile",
            "Apple",
            platform="iOS",
            priority=1,
            defaultEnrollmentType="device",
            availableEnrollmentTypeOptions=[{"ownerType": "company", "enrollmentType": "device"}],
        ),
        changed=OTHERWISE,
    ),
    "enrollmentProfiles": Sample(
        payload=plain(
            "depIOSEnrollmentProfile",
            "Automated",
            requiresUserAuthentication=True,
            supervisedModeEnabled=True,
        ),
        changed=OTHERWISE,
    ),
    "androidDeviceOwnerEnrollmentProfiles": Sample(
        payload=tagged(
            "androidDeviceOwnerEnrollmentProfile",
            "Dedicated",
            enrollmentMode="corporateOwnedDedicatedDevice",
            enrollmentTokenType="default",
            configureWifi=False,
            wifiHidden=False,
            isTeamsDeviceProfile=False,
            tokenExpirationDateTime="2027-01-01T00:00:00Z",
        ),
        changed=OTHERWISE,
    ),
    "iosManagedAppProtections": Sample(
        payload=protection(
            "ios",
            "Protection of iOS",
            pinRequired=True,
            minimumPinLength=6,
            appGroupType="selectedPublicApps",
            targetedAppManagementLevels="unspecified",
            periodOfflineBeforeAccessCheck="PT12H",
            apps=[
                app("iosMobileApp", bundleId="com.example.mail"),
                app("iosMobileApp", bundleId="com.example.b"),
            ],
        ),
        changed={"minimumPinLength": 4},
    ),
    "androidManagedAppProtections": Sample(
        payload=protection(
            "android",
            "Protection of Android",
            pinRequired=True,
            minimumPinLength=6,
            appGroupType="selectedPublicApps",
            targetedAppManagementLevels="unspecified",
            apps=[app("androidMobileApp", packageId="com.example.mail")],
        ),
        changed={"minimumPinLength": 4},
    ),
    "windowsManagedAppProtections": Sample(
        payload=protection(
            "windows",
            "Protection of Windows",
            printBlocked=True,
            allowedOutboundClipboardSharingLevel="none",
            apps=[app("windowsApp", windowsAppId="com.microsoft.edge")],
        ),
        changed={"printBlocked": False},
    ),
    "targetedManagedAppConfigurations": Sample(
        payload=tagged(
            "targetedManagedAppConfiguration",
            "Mail settings",
            customSettings=[{"name": "signature", "value": "off"}],
            appGroupType="selectedPublicApps",
            targetedAppManagementLevels="unspecified",
            apps=[app("iosMobileApp", bundleId="com.example.mail")],
            settings=[],
        ),
        changed=OTHERWISE,
    ),
    "mobileAppConfigurations": Sample(
        payload=tagged(
            "androidManagedStoreAppConfiguration",
            "Managed mail",
            targetedMobileApps=[ANDROID_APP["id"]],
            packageId="app:com.example.mail",
            payloadJson="e30=",
            profileApplicability="androidWorkProfile",
            connectedAppsEnabled=False,
            permissionActions=[],
        ),
        changed=OTHERWISE,
        beside={APP: [ANDROID_APP]},
    ),
    "provisioningPolicies": Sample(
        payload=plain(
            "cloudPcProvisioningPolicy",
            "Cloud PC",
            provisioningType="dedicated",
            imageId="microsoftwindowsdesktop_windows-ent-cpc_win11-24h2-ent-cpc",
            imageType="gallery",
            imageDisplayName="Windows 11",
            enableSingleSignOn=True,
            cloudPcNamingTemplate="CPC-%RAND:5%",
            domainJoinConfigurations=[
                {"domainJoinType": "azureADJoin", "regionName": "automatic", "type": "azureADJoin"}
            ],
            windowsSetting={"locale": "en-US"},
            scopeIds=["0"],
        ),
        changed=OTHERWISE,
        target=CLOUD_PC_TARGET,
    ),
    "userSettings": Sample(
        payload={
            "@odata.type": f"{GRAPH}cloudPcUserSetting",
            "id": id_of("Cloud PC users"),
            "displayName": "Cloud PC users",
            "localAdminEnabled": False,
            "resetEnabled": True,
            "restorePointSetting": {"frequencyType": "default", "userRestoreEnabled": True},
        },
        changed={"resetEnabled": False},
        target=CLOUD_PC_TARGET,
    ),
    "conditionalAccessPolicies": Sample(
        payload=conditional_access("Second factor", state="enabledForReportingButNotEnforced"),
        changed={"state": "disabled"},
    ),
    "policySets": Sample(
        payload={
            "@odata.type": f"{GRAPH}policySet",
            "id": id_of("Set"),
            "displayName": "Set",
            "description": "As it should be",
            "roleScopeTags": ["0"],
            "guidedDeploymentTags": [],
            "items": [
                {
                    "@odata.type": f"{GRAPH}mobileAppPolicySetItem",
                    "id": id_of("item of the set"),
                    "payloadId": WEB_APP["id"],
                    "intent": "required",
                    "settings": None,
                    "guidedDeploymentTags": [],
                }
            ],
        },
        changed=OTHERWISE,
        beside={APP: [WEB_APP]},
    ),
}
