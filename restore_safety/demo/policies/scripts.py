"""Scripts for Windows, macOS and Linux."""

from restore_safety.demo.directory import PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import GRAPH, Json, encoded, entity, to_group

SCRIPTS = "deviceManagement/deviceManagementScripts"
SHELL_SCRIPTS = "deviceManagement/deviceShellScripts"
CUSTOM_ATTRIBUTES = "deviceManagement/deviceCustomAttributeShellScripts"
REMEDIATIONS = "deviceManagement/deviceHealthScripts"


def scripts(at: Directory) -> dict[str, list[Json]]:
    return {
        SCRIPTS: _scripts(at),
        SHELL_SCRIPTS: [_shell(at)],
        CUSTOM_ATTRIBUTES: [_custom_attribute(at)],
        REMEDIATIONS: [_remediation(at)],
    }


def _scripts(at: Directory) -> list[Json]:
    def script(name: str, lines: str, group: str) -> Json:
        return {
            "displayName": name,
            "fileName": f"{name.rpartition(' - ')[2].replace(' ', '-').lower()}.ps1",
            "runAsAccount": "system",
            "enforceSignatureCheck": False,
            "runAs32Bit": False,
            "scriptContent": encoded(lines),
            "assignments": [to_group(at, group)],
        }

    return [
        script(
            "Windows - Script - Time source",
            "w32tm /config /syncfromflags:manual /manualpeerlist:time.contoso.example /update\r\n",
            PILOT,
        ),
        script(
            "Windows - Script - Remove consumer apps",
            "Get-AppxPackage -AllUsers *Solitaire* | Remove-AppxPackage -AllUsers\r\n",
            WORKSTATIONS,
        ),
    ]


def _shell(at: Directory) -> Json:
    return entity(
        "deviceShellScript",
        "macOS - Script - Time zone",
        "Sets the time zone by location.",
        scriptContent=encoded("#!/bin/sh\nsystemsetup -setusingnetworktime on\n"),
        runAsAccount="system",
        fileName="time-zone.sh",
        retryCount=3,
        executionFrequency="PT1H",
        blockExecutionNotifications=True,
        assignments=[to_group(at, PILOT)],
    )


def _custom_attribute(at: Directory) -> Json:
    return entity(
        "deviceCustomAttributeShellScript",
        "macOS - Attribute - FileVault",
        "Answers whether the disk is encrypted.",
        customAttributeName="FileVault",
        customAttributeType="string",
        scriptContent=encoded("#!/bin/sh\nfdesetup status\n"),
        runAsAccount="system",
        fileName="filevault.sh",
        assignments=[to_group(at, PILOT)],
    )


def _remediation(at: Directory) -> Json:
    schedule = {
        "@odata.type": f"{GRAPH}deviceHealthScriptDailySchedule",
        "interval": 1,
        "useUtc": False,
        "time": "01:00:00.0000000",
    }
    daily = to_group(at, PILOT) | {"runRemediationScript": True, "runSchedule": schedule}
    return entity(
        "deviceHealthScript",
        "Windows - Remediation - Time service",
        "Starts the time service where it has stopped.",
        publisher="Contoso",
        version="1",
        detectionScriptContent=encoded(
            "if ((Get-Service w32time).Status -ne 'Running') { exit 1 }\r\n"
        ),
        remediationScriptContent=encoded("Start-Service w32time\r\n"),
        detectionScriptParameters=[],
        remediationScriptParameters=[],
        runAsAccount="system",
        enforceSignatureCheck=False,
        runAs32Bit=False,
        isGlobalScript=False,
        deviceHealthScriptType="deviceHealthScript",
        highestAvailableVersion=None,
        assignments=[daily],
    )
