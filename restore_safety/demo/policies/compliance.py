"""Compliance: policies for Windows and Linux, and the script that one may ask."""

from typing import Any

from restore_safety.demo.directory import KIOSKS, PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import (
    GRAPH,
    Json,
    choice,
    encoded,
    entity,
    settings,
    to_everyone,
    to_group,
)
from tenants.graph.payloads import ZERO_GUID

COMPLIANCE = "deviceManagement/deviceCompliancePolicies"
LINUX_COMPLIANCE = "deviceManagement/compliancePolicies"
COMPLIANCE_SCRIPTS = "deviceManagement/deviceComplianceScripts"


def compliance(at: Directory) -> dict[str, list[Json]]:
    return {
        COMPLIANCE: _compliance(at),
        LINUX_COMPLIANCE: [_linux(at)],
        COMPLIANCE_SCRIPTS: [_battery()],
    }


def _rules(hours: int) -> list[Json]:
    block = {"actionType": "block", "gracePeriodHours": hours, "notificationTemplateId": ""}
    return [{"ruleName": "PasswordRequired", "scheduledActionConfigurations": [block]}]


def _compliance(at: Directory) -> list[Json]:
    def policy(name: str, hours: int, *assignments: Json, **values: Any) -> Json:
        return {
            "@odata.type": f"{GRAPH}windows10CompliancePolicy",
            "displayName": name,
            "passwordRequiredType": "deviceDefault",
            "deviceThreatProtectionRequiredSecurityLevel": "unavailable",
            "scheduledActionsForRule": _rules(hours),
            "assignments": list(assignments),
            **values,
        }

    return [
        policy(
            "Windows - Compliance - Device health",
            12,
            to_group(at, WORKSTATIONS),
            bitLockerEnabled=True,
            secureBootEnabled=True,
            codeIntegrityEnabled=True,
        ),
        policy(
            "Windows - Compliance - Password",
            24,
            to_group(at, WORKSTATIONS),
            passwordRequired=True,
            passwordMinimumLength=12,
            passwordMinutesOfInactivityBeforeLock=15,
        ),
        policy(
            "Windows - Compliance - Defender",
            6,
            to_everyone(),
            defenderEnabled=True,
            rtpEnabled=True,
            signatureOutOfDate=True,
        ),
        policy(
            "Windows - Compliance - Kiosk",
            72,
            to_group(at, KIOSKS),
            osMinimumVersion="10.0.22621",
            storageRequireEncryption=True,
        ),
    ]


def _linux(at: Directory) -> Json:
    block = {
        "id": at.id_of(f"{LINUX_COMPLIANCE}/actions", "block"),
        "actionType": "block",
        "gracePeriodHours": 24,
        "notificationTemplateId": ZERO_GUID,
        "notificationMessageCCList": [],
    }
    return {
        "name": "Linux - Compliance - Encryption",
        "description": "The disk is encrypted.",
        "platforms": "linux",
        "technologies": "linuxMdm",
        "roleScopeTagIds": ["0"],
        "settings": settings(choice("linux_deviceencryption_required", "true")),
        "scheduledActionsForRule": [{"ruleName": None, "scheduledActionConfigurations": [block]}],
        "assignments": [to_group(at, PILOT)],
    }


def _battery() -> Json:
    return entity(
        "deviceComplianceScript",
        "Windows - Compliance script - Battery",
        "Answers how much of its capacity the battery has left.",
        publisher="Contoso",
        runAsAccount="system",
        enforceSignatureCheck=False,
        runAs32Bit=False,
        detectionScriptContent=encoded("@{ Battery = 80 } | ConvertTo-Json -Compress\r\n"),
    )
