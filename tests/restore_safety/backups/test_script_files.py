"""Scripts that tools keep in files beside their policies."""

import base64
import json
import zipfile
from collections import Counter
from dataclasses import replace

import pytest

from restore_safety.backups import script_files
from restore_safety.backups.export import ExportReading, in_turn, read_export
from restore_safety.backups.file_tree import FileTree
from restore_safety.backups.sources import open_source
from tests.restore_safety.backups.policies import catalog, fill, kept, left_out, written

GRAPH = "#microsoft.graph."
ONE, TWO = (f"0000000{number}-0000-0000-0000-000000000000" for number in (1, 2))
COPY = "a copy of a script: the file of its policy holds the script itself"
TEXT = "Write-Host 'ä'"


def powershell(name="Install", file_name="a.ps1", **changes):
    return {
        "@odata.type": f"{GRAPH}deviceManagementScript",
        "displayName": name,
        "fileName": file_name,
        "runAsAccount": "system",
        "enforceSignatureCheck": False,
        "scriptContent": None,
    } | changes


def remediation(name="Repair", **changes):
    return {
        "@odata.type": f"{GRAPH}deviceHealthScript",
        "displayName": name,
        "detectionScriptContent": "",
        "remediationScriptContent": None,
    } | changes


def encoded(content):
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def read(folder, files):
    files = {
        name: content if isinstance(content, bytes) else written(content)
        for name, content in files.items()
    }
    return read_export(fill(folder, files), watch=lambda done, total: None)


def contents(reading):
    """What each script policy holds in its members for scripts, by its name."""
    return {
        item.name: {
            key: value
            for key, value in json.loads(reading.prepared.body_of(item.payload_digest)).items()
            if key.endswith("criptContent")
        }
        for item in reading.prepared.items
    }


def problems(reading, name="Install"):
    (item,) = [one for one in reading.prepared.items if one.name == name]
    return item.record.completeness.content_problems


SCRIPT = "scriptContent"
DETECTION, REMEDIATION = "detectionScriptContent", "remediationScriptContent"
PLACES = {
    "IntuneCD, PowerShell": (
        "Scripts/Powershell/Install.json",
        powershell(),
        {"Scripts/Powershell/Script Data/a.ps1": SCRIPT},
    ),
    "IntuneCD, shell": (
        "Scripts/Shell/Install.json",
        powershell(file_name="a.sh") | {"@odata.type": f"{GRAPH}deviceShellScript"},
        {"Scripts/Shell/Script Data/a.sh": SCRIPT},
    ),
    "IntuneCD, custom attribute": (
        "Custom Attributes/Install.json",
        powershell(file_name="a.sh")
        | {"@odata.type": f"{GRAPH}deviceCustomAttributeShellScript", "customAttributeName": "x"},
        {"Custom Attributes/Script Data/a.sh": SCRIPT},
    ),
    "IntuneCD, ids in names": (
        f"Scripts/Powershell/Install__{ONE}.json",
        powershell(),
        {f"Scripts/Powershell/Script Data/a__{ONE}.ps1": SCRIPT},
    ),
    "IntuneCD, remediation": (
        "Proactive Remediations/Install.json",
        remediation("Install"),
        {
            "Proactive Remediations/Script Data/Install_detectionScript.ps1": DETECTION,
            "Proactive Remediations/Script Data/Install_remediationScript.ps1": REMEDIATION,
        },
    ),
    "IntuneCD, compliance": (
        "Compliance Policies/Scripts/Install.json",
        {"displayName": "Install", "publisher": "", "runAs32Bit": False},
        {"Compliance Policies/Scripts/Script Data/Install.ps1": DETECTION},
    ),
    "IntuneBackupAndRestore, PowerShell": (
        "Device Management Scripts/Install.json",
        powershell("Install", id=ONE),
        {"Device Management Scripts/Script Content/Install.ps1": SCRIPT},
    ),
    "IntuneBackupAndRestore, remediation": (
        "Device Health Scripts/Install.json",
        remediation("Install", id=ONE),
        {
            "Device Health Scripts/Script Content/Install_detection.ps1": DETECTION,
            "Device Health Scripts/Script Content/Install_remediation.ps1": REMEDIATION,
        },
    ),
    "IntuneManagement": (
        "PowerShellScripts/Install.json",
        powershell(id=ONE),
        {"PowerShellScripts/a.ps1": SCRIPT},
    ),
    "a name files cannot bear": (
        "Scripts/Powershell/Install.json",
        powershell(file_name="a:b?.ps1"),
        {"Scripts/Powershell/Script Data/A_b_.ps1": SCRIPT},
    ),
}


@pytest.mark.parametrize("case", PLACES)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_script_is_recovered_from_where_its_tool_keeps_it(tmp_path, case, kind):
    name, policy, scripts = PLACES[case]
    files = {name: written(policy)} | {at: member.encode() for at, member in scripts.items()}
    path = fill(tmp_path / "export", files)
    if kind == "zip":
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for at, content in files.items():
                archive.writestr(at, content)

    reading = read_export(path, watch=lambda done, total: None)

    assert contents(reading) == {
        "Install": {member: encoded(member) for member in scripts.values()}
    }
    assert problems(reading) == ()
    assert left_out(reading) == []


@pytest.mark.parametrize(
    ("place", "raw", "content"),
    [
        ("Script Data/", TEXT.encode(), TEXT.encode()),
        ("Script Data/", TEXT.encode("utf-8-sig"), TEXT.encode("utf-8-sig")),
        ("Script Data/", TEXT.encode("utf-16"), TEXT.encode()),
        ("Script Data/", b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT.encode()),
        ("Script Data/", TEXT.encode("utf-32"), TEXT.encode()),
        ("Script Data/", b"a\n", b"a\n"),
        # PowerShell ends what it writes to a file with a line break of its own.
        ("Script Content/", f"{TEXT}\r\n".encode("utf-16"), TEXT.encode()),
        ("Script Content/", b"a\n\n", b"a\n"),
        # The bytes themselves: a script may be in any encoding.
        ("", TEXT.encode("utf-16"), TEXT.encode("utf-16")),
        ("", TEXT.encode("cp1252"), TEXT.encode("cp1252")),
    ],
)
def test_the_content_is_as_graph_holds_it_in_whatever_encoding_it_lies(
    tmp_path, place, raw, content
):
    reading = read(tmp_path, {"Any/Install.json": powershell(), f"Any/{place}a.ps1": raw})

    assert contents(reading) == {"Install": {SCRIPT: encoded(content)}}
    assert problems(reading) == ()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"Script Data/b.ps1": b"1"}, "no file in “Any/Script Data” has its name"),
        (
            {"Script Data/a.ps1": b"1", "Script Content/Install.ps1": b"2"},
            "both have its name and differ",
        ),
        (
            {"Script Data/a.ps1": b"1", "Other.json": powershell("Other")},
            "“Any/Script Data/a.ps1” may as well be the script of “Other”",
        ),
        (
            {"Script Data/a.ps1": b"1", "a.json": powershell("a", "b.ps1", scriptContent="MQ==")},
            "“Any/Script Data/a.ps1” may as well be the script of “a”",
        ),
        ({"a.ps1": b"1", "Other.json": powershell("Other")}, "“Any/a.ps1” may as well be"),
        ({"Script Data/a.ps1": TEXT.encode("cp1252")}, "it is in no Unicode encoding"),
        ({"Script Data/a.ps1": TEXT.encode("utf-16-le")}, "it is in no Unicode encoding"),
        ({"Script Data/a.ps1": "a".encode("utf-16-le")}, "does not say in which encoding it is"),
        ({"Script Data/a.ps1": b"x" * (2 * 1024 * 1024 + 1)}, "larger than 2 MB"),
        ({"Script Data/a.ps1": b""}, "no file in “Any/Script Data” has its name"),
    ],
)
def test_a_script_that_is_not_certain_is_not_taken_and_the_item_says_why(tmp_path, files, why):
    files = {f"Any/{name}": content for name, content in files.items()}

    reading = read(tmp_path, {"Any/Install.json": powershell()} | files)

    assert contents(reading)["Install"] == {SCRIPT: None}
    assert "“scriptContent” was not captured." in problems(reading)
    assert any(why in problem for problem in problems(reading)), problems(reading)
    named = {name for name, _, _ in left_out(reading)}
    assert named >= {name for name in files if name.endswith(".ps1")}


def test_the_id_in_the_name_of_a_file_tells_scripts_of_one_name_apart(tmp_path):
    folder = "Scripts/Powershell"
    files = {}
    for name, object_id in (("First", ONE), ("Second", TWO)):
        files[f"{folder}/{name}__{object_id}.json"] = powershell(name)
        files[f"{folder}/Script Data/a__{object_id}.ps1"] = name.encode()

    reading = read(tmp_path, files)

    assert contents(reading) == {
        "First": {SCRIPT: encoded("First")},
        "Second": {SCRIPT: encoded("Second")},
    }


def test_a_script_the_policy_holds_itself_is_never_replaced(tmp_path):
    held = powershell(scriptContent=encoded("own"))

    reading = read(tmp_path, {"Any/Install.json": held, "Any/Script Data/a.ps1": b"other"})

    assert contents(reading) == {"Install": {SCRIPT: encoded("own")}}
    assert left_out(reading) == [("Any/Script Data/a.ps1", COPY, False)]


def test_a_remediation_that_only_detects_is_whole(tmp_path):
    files = {
        "Any/Repair.json": remediation(),
        "Any/Script Content/Repair_detection.ps1": b"exit 1\r\n",
        "Any/Script Content/Repair_remediation.ps1": b"\r\n",
    }

    reading = read(tmp_path, files)

    assert contents(reading) == {"Repair": {DETECTION: encoded("exit 1"), REMEDIATION: None}}
    assert problems(reading, "Repair") == ()


def test_the_same_policy_twice_is_no_other_owner_of_its_script(tmp_path):
    files = {
        "Any/Install.json": powershell(id=ONE),
        "Any/Install copy.json": powershell(id=ONE),
        "Any/Script Data/a.ps1": b"1",
    }

    reading = read(tmp_path, files)

    assert contents(reading) == {"Install": {SCRIPT: encoded("1")}}


def test_scripts_are_read_up_to_a_bound_and_the_rest_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(script_files, "_MOST_BYTES", 3)
    files = {}
    for name in ("First", "Second"):
        files[f"Any/{name}.json"] = powershell(name, f"{name}.ps1")
        files[f"Any/Script Data/{name}.ps1"] = b"12"

    reading = read(tmp_path, files)

    assert contents(reading) == {"First": {SCRIPT: encoded("12")}, "Second": {SCRIPT: None}}
    assert any("import the export in parts" in one for one in problems(reading, "Second"))


def test_a_script_beside_no_policy_is_named(tmp_path):
    reading = read(tmp_path, {"Any/1.json": catalog(), "Any/Script Data/gone.ps1": b"1"})

    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert left_out(reading) == [
        (
            "Any/Script Data/gone.ps1",
            "not used: no policy beside it has its name",
            False,
        )
    ]


def test_each_folder_is_looked_at_once_whatever_lies_between_its_files(tmp_path):
    files = {"A/0.json": catalog()}
    for number in range(20):
        files[f"A/s{number}.ps1"] = b"1"
        files[f"A/s{number}x/y.ps1"] = b"1"
    reads = Counter()

    with open_source(
        fill(tmp_path, {name: written_as(one) for name, one in files.items()})
    ) as found:
        counted = [replace(file, read=counting(file, reads)) for file in found]
        reading = ExportReading(tree=FileTree(counted))
        for file in in_turn(counted):
            reading.take(file)

    # For itself, for the policies of its folder, and for the scripts that are left over in it.
    assert reads["A/0.json"] <= 3


def counting(file, reads):
    def read():
        reads[file.name] += 1
        return file.read()

    return read


def written_as(content):
    return content if isinstance(content, bytes) else written(content)
