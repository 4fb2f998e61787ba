"""Scripts that tools keep in files beside the policies, for policies whose own file lacks them."""

import base64
import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from restore_safety.backups.decoding import TooDeeplyNestedError, UnreadableFileError
from restore_safety.backups.file_tree import FileTree, decode
from restore_safety.backups.formats import Document
from restore_safety.backups.formats.envelopes import elements_in
from restore_safety.backups.sources import SourceFile
from restore_safety.policies.completeness import Loss
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json
from tenants.guids import GUID_IN_TEXT

# Intune takes a megabyte of the largest kind.
LARGEST_SCRIPT = 2 * 1024 * 1024
_MOST_BYTES = 512 * 1024 * 1024
# IntuneManagement writes the bytes of a script beside its policy, under the name Intune has of it.
_BESIDE = ""
_SCRIPT_DATA = "Script Data"
# IntuneBackupAndRestore, by way of a text to which PowerShell adds the end of a line.
_SCRIPT_CONTENT = "Script Content"
_PLACES = (_BESIDE, _SCRIPT_DATA, _SCRIPT_CONTENT)
_APART = frozenset({_SCRIPT_DATA.casefold(), _SCRIPT_CONTENT.casefold()})
_ENDINGS = (".bash", ".ps1", ".py", ".sh", ".zsh")
_SINGLE: dict[str, tuple[str, ...]] = {"scriptContent": ("",)}
# By type, the members that hold a script, and what a tool adds to the name of its file.
_MEMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "deviceManagementScripts": _SINGLE,
    "deviceShellScripts": _SINGLE,
    "deviceCustomAttributeShellScripts": _SINGLE,
    "deviceComplianceScripts": {"detectionScriptContent": ("", "_detectionscript", "_detection")},
    "deviceHealthScripts": {
        "detectionScriptContent": ("_detectionscript", "_detection"),
        "remediationScriptContent": ("_remediationscript", "_remediation"),
    },
}
_FILE_NAME = "fileName"
_OF_SCRIPTS = frozenset(
    {"detectionScriptContent", _FILE_NAME, "remediationScriptContent", "scriptContent"}
)
_ID = re.compile(rf"__{GUID_IN_TEXT}$")
_PART = re.compile(r"_(?:detection|remediation)(?:script)?$")
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
# Longer marks first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A policy with the scripts found beside it, and why others were not."""

    policy: Json
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class _Owner:
    """A policy that a file may belong to, by what it is called."""

    name: str
    object_id: str
    has_script: bool

    def is_other(self, name: str, object_id: str) -> bool:
        if self.object_id and object_id:
            return self.object_id.casefold() != object_id.casefold()
        return self.name.casefold() != name.casefold()


@dataclass(slots=True)
class _Folder:
    """The files in and below one folder that may be scripts, and the policies they may be of."""

    path: str
    files: dict[tuple[str, str], list[SourceFile]] = field(default_factory=dict)
    owners: dict[str, list[_Owner]] = field(default_factory=dict)


class _UnusableScriptError(ValueError):
    """A file holds the script and cannot be used; the message says why, as a clause."""


@dataclass(slots=True)
class ScriptFiles:
    """The scripts beside the policies of an import; each file is of one policy or of none."""

    tree: FileTree
    # Why a file that may be a script was not used, by its name.
    _unused: dict[str, str] = field(default_factory=dict)
    _read: int = 0
    # One at a time: an import reads folder by folder.
    _folder: _Folder | None = None

    def recovered(self, contract: Contract, document: Document, policy: Json) -> Recovered:
        """Return the policy with the scripts it lacks, where one file only can hold each."""
        changed, losses = dict(policy), []
        for member, added in _MEMBERS.get(contract.key, {}).items():
            if policy.get(member) not in (None, ""):
                continue
            try:
                content = self._content(document, policy, added)
            except _UnusableScriptError as problem:
                losses.append(Loss(sentence=f"“{member}” was not recovered: {problem}."))
                continue
            if content:
                changed[member] = base64.b64encode(content).decode()
            elif member in contract.content and (looked := self._looked_in(document)):
                sentence = f"“{member}” was not recovered: no file in {looked} has its name."
                losses.append(Loss(sentence=sentence))
        return Recovered(policy=changed, losses=tuple(losses))

    def reason_of(self, file: SourceFile) -> str:
        """Why a script was not used; "" when the file is none, or may be of another kind."""
        if not may_be_script(file):
            return ""
        parent, _, place = file.folder.rpartition("/")
        is_kept_apart = place.casefold() in _APART
        if reason := self._unused.get(file.name):
            return reason
        folder = self._folder_at(parent if is_kept_apart else file.folder)
        owners = [one for key in _claimed(file) for one in folder.owners.get(key, ())]
        if any(one.has_script for one in owners):
            return "a copy of a script: the file of its policy holds the script itself"
        if owners:
            return "not used: it is empty, or its policy names another file"
        return "not used: no policy beside it has its name" if is_kept_apart else ""

    def _content(self, document: Document, policy: Json, added: tuple[str, ...]) -> bytes:
        found = self._candidates(document, policy, added)
        self._refuse_shared(document, policy, found)
        contents: dict[bytes, tuple[str, SourceFile]] = {}
        for place, file in found:
            contents.setdefault(self._read_script(place, file), (place, file))
        contents.pop(b"", None)
        if len(contents) > 1:
            names = " and ".join(f"“{file.name}”" for _, file in contents.values())
            self._leave(found, "not used: another file has the same name and differs")
            raise _UnusableScriptError(
                f"{names} both have its name and differ. Remove the one that is not its script"
            )
        if not contents:
            return b""
        for _, file in found:
            self.tree.count_as_read(file)
        return next(iter(contents))

    def _candidates(
        self, document: Document, policy: Json, added: tuple[str, ...]
    ) -> list[tuple[str, SourceFile]]:
        """The files that have a name of the policy; one with its id before all others."""
        folder = self._folder_at(document.file.folder)
        names = _names(policy, document.file.stem)
        object_id = str(policy.get("id") or "").casefold()
        exact = [f"{name}{one}__{object_id}" for name in names for one in added if object_id]
        for keys in (exact, [f"{name}{one}" for name in names for one in added]):
            found = {
                file.name: (place, file)
                for place in (_SCRIPT_DATA, _SCRIPT_CONTENT)
                for key in keys
                for file in folder.files.get((place, key), ())
            }
            if found:
                break
        stated = policy.get("fileName")
        if isinstance(stated, str) and "" in added:
            beside = folder.files.get((_BESIDE, _key(stated)), ())
            found |= {file.name: (_BESIDE, file) for file in beside}
        return list(found.values())

    def _refuse_shared(
        self, document: Document, policy: Json, found: list[tuple[str, SourceFile]]
    ) -> None:
        """A file whose name fits another policy as well: tools write the later over the earlier."""
        folder = self._folder_at(document.file.folder)
        name, object_id = str(policy.get("displayName") or ""), str(policy.get("id") or "")
        for _, file in found:
            if object_id and object_id.casefold() in file.name.casefold():
                continue
            owners = (one for key in _claimed(file) for one in folder.owners.get(key, ()))
            other = next((one for one in owners if one.is_other(name, object_id)), None)
            if other is not None:
                self._leave(found, "not used: its name fits several policies")
                raise _UnusableScriptError(
                    f"“{file.name}” may as well be the script of “{other.name}”. Put the script "
                    "into the file of its policy, as base64"
                )

    def _read_script(self, place: str, file: SourceFile) -> bytes:
        try:
            self._refuse_excess(file)
            raw = file.read()
            return raw if place == _BESIDE else _as_graph_holds(raw, place)
        except UnreadableFileError as error:
            reason = str(error)
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
        self._leave([(place, file)], f"a script that cannot be used: {reason}")
        raise _UnusableScriptError(f"“{file.name}” cannot be used: {reason}")

    def _refuse_excess(self, file: SourceFile) -> None:
        if file.size > LARGEST_SCRIPT:
            raise UnreadableFileError(
                f"it is larger than {LARGEST_SCRIPT // 1024**2} MB, which no script is"
            )
        self._read += file.size
        if self._read > _MOST_BYTES:
            raise UnreadableFileError(
                f"with it, more than {_MOST_BYTES // 1024**2} MB of scripts were read: import the "
                "export in parts"
            )

    def _leave(self, found: Iterable[tuple[str, SourceFile]], reason: str) -> None:
        self._unused |= {file.name: reason for _, file in found}

    def _looked_in(self, document: Document) -> str:
        folder = document.file.folder
        there = [one for one in _PLACES if one and self.tree.has_folder(folder, one)]
        return " and ".join(f"“{folder}/{one}”".replace("“/", "“") for one in there)

    def _folder_at(self, path: str) -> _Folder:
        if self._folder is None or self._folder.path != path:
            self._folder = _Folder(path=path)
            for place in _PLACES:
                for file in self.tree.files_in(path, place):
                    if not file.is_data and not file.problem:
                        for key in _keys_of(file):
                            self._folder.files.setdefault((place, key), []).append(file)
            if self._folder.files:
                for name, owner in self._owners_in(path):
                    self._folder.owners.setdefault(name, []).append(owner)
        return self._folder

    def _owners_in(self, path: str) -> Iterator[tuple[str, _Owner]]:
        """The policies of a folder that have a script, by each of their names."""
        for file in self.tree.files_in(path):
            if not file.is_data:
                continue
            try:
                elements = [element for _, element in elements_in(decode(file).value)]
            except (UnreadableFileError, TooDeeplyNestedError, OSError):
                # The report names it when its turn comes.
                continue
            for element in elements:
                if isinstance(element, Mapping) and not _OF_SCRIPTS.isdisjoint(element):
                    owner = _Owner(
                        str(element.get("displayName") or file.name),
                        str(element.get("id") or ""),
                        any(element.get(name) for name in _OF_SCRIPTS - {_FILE_NAME}),
                    )
                    for name in _names(element, file.stem if len(elements) == 1 else ""):
                        yield name, owner


def may_be_script(file: SourceFile) -> bool:
    """Whether a file is a script by where it lies, or by its ending."""
    place = file.folder.rpartition("/")[2].casefold()
    return not file.is_data and (place in _APART or file.name.casefold().endswith(_ENDINGS))


def _as_graph_holds(raw: bytes, place: str) -> bytes:
    """The script in UTF-8, as it was before a tool wrote it as text."""
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    try:
        content = raw.decode(encoding).encode() if encoding else raw
        content.decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise UnreadableFileError("it is in no Unicode encoding, or damaged") from None
    if b"\x00" in content:
        raise UnreadableFileError("it does not say in which encoding it is")
    if place != _SCRIPT_CONTENT:
        return content
    return content.removesuffix(b"\r\n" if content.endswith(b"\r\n") else b"\n")


def _names(policy: Mapping[str, Any], stem: str) -> list[str]:
    """What a tool may call the file of a policy's script, in the form names compare in."""
    stated = [policy.get("fileName"), policy.get("displayName"), stem]
    texts = [text for text in stated if isinstance(text, str) and text.strip()]
    keys = [key for text in texts for key in (_key(text), _key(_NOT_IN_NAMES.sub("", text)))]
    keys = [_ID.sub("", key) for key in keys]
    keys += [key.rpartition(".")[0] for key in keys if key.endswith(_ENDINGS)]
    return list(dict.fromkeys(key for key in keys if key))


def _claimed(file: SourceFile) -> set[str]:
    """The names of policies that the name of a script's file fits."""
    keys = {_ID.sub("", key) for key in _keys_of(file)}
    return keys | {_PART.sub("", key) for key in keys}


def _keys_of(file: SourceFile) -> set[str]:
    return {_key(file.name.rpartition("/")[2]), _key(file.stem)}


def _key(name: str) -> str:
    """A name as file systems hold it, and as names compare."""
    return _NOT_IN_NAMES.sub("_", name).strip().casefold()
