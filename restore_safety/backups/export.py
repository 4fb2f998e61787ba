"""Read an exported folder or zip: what can be understood is made ready, the rest is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tenants.graph.contracts import (
    Contract,
    UnrecognisedPayloadError,
    is_built_in,
    name_of,
    recognise,
)
from tenants.graph.payloads import TYPE, Json

from .completeness import completeness_of
from .decoding import TooDeeplyNestedError, UnreadableFileError, decode_json
from .sources import ImportRefusedError, SourceFile, open_source
from .stated_assignments import assignments_in
from .storing import PolicyRecord, PreparedSet, UnstorableContentError, content_digest
from .understanding import (
    ExportMarkers,
    elements_of,
    group_ids_of,
    is_about_the_export,
    is_page_of_more,
)
from .unread import Unread

NOT_JSON = "not JSON"
_NAMED_IN_REFUSAL = 3
_LONGEST_REASON = 500

type Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A JSON value that may be a policy, and where it stood."""

    name: str
    file: SourceFile
    value: Any
    decoded_cleanly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What was taken in first under an id, to tell a copy from a different policy."""

    name: str
    content: str


@dataclass(slots=True)
class ExportReading:
    """An export as far as it was read: policies made ready, and everything left out."""

    markers: ExportMarkers = field(default_factory=ExportMarkers)
    prepared: PreparedSet = field(default_factory=PreparedSet)
    unread: list[Unread] = field(default_factory=list)
    _taken: dict[tuple[str, str], _Taken] = field(default_factory=dict)

    def take(self, file: SourceFile) -> None:
        """Take in what the file holds, or note why it is left out."""
        if file.problem or not file.is_json:
            reason = file.problem or NOT_JSON
            self.unread.append(Unread(name=file.name, reason=reason, matters=False))
            return
        try:
            decoded = decode_json(file.read())
        except UnreadableFileError as error:
            self.unread.append(Unread(name=file.name, reason=str(error)))
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
            self.unread.append(Unread(name=file.name, reason=reason))
        except TooDeeplyNestedError:
            raise ImportRefusedError(
                f"“{file.name}” nests deeper than any policy does, as in an attack on parsers. "
                "Take it out, and import again."
            ) from None
        else:
            self._take_elements(file, decoded.value, decoded_cleanly=decoded.decoded_cleanly)

    def _take_elements(self, file: SourceFile, value: Any, *, decoded_cleanly: bool) -> None:
        elements = elements_of(value)
        left_out = []
        for number, element in enumerate(elements, 1):
            name = file.name if len(elements) == 1 else f"{file.name} [{number}]"
            found = _Found(name=name, file=file, value=element, decoded_cleanly=decoded_cleanly)
            if refused := self._refusal(found):
                left_out.append(refused)
        if is_page_of_more(value):
            reason = "one page of a longer list: what followed it was not saved in this file"
            self.unread.append(Unread(name=file.name, reason=reason))
        elif not elements:
            left_out = [Unread(name=file.name, reason="not a policy: it is empty")]
        if len(left_out) == len(elements) and len({entry.reason for entry in left_out}) == 1:
            # Nothing in it was taken in: one line says so for the file.
            left_out = [replace(left_out[0], name=file.name)]
        self.unread.extend(left_out)

    def _refusal(self, found: _Found) -> Unread | None:
        """Make one policy ready; what it is left out for, or None when it was taken in."""
        try:
            contract = recognise(found.value, folder=found.file.folder)
        except UnrecognisedPayloadError as error:
            return self._marker_or_refusal(found, error)
        if is_built_in(contract, found.value):
            reason = "built in: every tenant has it by itself, and it is never restored"
            return Unread(name=found.name, reason=reason, matters=False)
        try:
            return self._keep(self._record_of(contract, found), found)
        except UnstorableContentError as error:
            return Unread(name=found.name, reason=str(error))

    def _marker_or_refusal(self, found: _Found, error: UnrecognisedPayloadError) -> Unread:
        file = found.file
        if marker := self.markers.take(name=file.name, folder=file.folder, value=found.value):
            return Unread(name=found.name, reason=marker, matters=False)
        told = str(error).removesuffix(".")[:_LONGEST_REASON]
        return Unread(name=found.name, reason=f"not a policy that can be restored. {told}")

    def _keep(self, record: PolicyRecord, found: _Found) -> Unread | None:
        content = content_digest(found.value)
        identity = record.contract_key, record.object_id.casefold() or content
        first = self._taken.get(identity)
        if first is not None:
            return _copy_of(first, content, found.name)
        self.prepared.add(record)
        self._taken[identity] = _Taken(name=found.name, content=content)
        if problem := record.completeness.assignments_problem:
            reason = f"its assignments are not in this backup: {problem}"
            self.unread.append(Unread(name=found.name, reason=reason, in_part=True))
        return None

    def _record_of(self, contract: Contract, found: _Found) -> PolicyRecord:
        payload = {key: value for key, value in found.value.items() if key != "assignments"}
        stated = assignments_in(contract, found.value)
        return PolicyRecord(
            contract_key=contract.key,
            object_id=_text_at(payload, "id"),
            name=name_of(contract, payload),
            odata_type=_text_at(payload, TYPE),
            payload=payload,
            assignments=stated.assignments,
            group_names=self.markers.names_of(group_ids_of(contract, payload, stated.assignments)),
            completeness=completeness_of(
                contract,
                payload,
                assignments_captured=stated.assignments is not None,
                assignments_problem=stated.problem,
                settings_followed=False,
                decoded_cleanly=found.decoded_cleanly,
            ),
        )


def read_export(path: Path, *, watch: Watch) -> ExportReading:
    """Everything under the path; ImportRefusedError when it is dangerous or holds no policy."""
    reading = ExportReading()
    with open_source(path) as files:
        # Names of groups first: the policies that refer to them are made ready as they come.
        ordered = sorted(files, key=lambda file: not is_about_the_export(file.name))
        for done, file in enumerate(ordered, 1):
            reading.take(file)
            watch(done, len(ordered))
    if not reading.prepared.items:
        raise ImportRefusedError(_nothing_found(reading.unread))
    return reading


def _nothing_found(unread: Sequence[Unread]) -> str:
    told = [entry for entry in unread if entry.matters] or list(unread)
    if not told:
        return "It is empty. Import the folder the export was written to, or a zip of it."
    first = "; ".join(str(entry) for entry in told[:_NAMED_IN_REFUSAL])
    more = f"; and {rest:,} more" if (rest := len(told) - _NAMED_IN_REFUSAL) > 0 else ""
    return (
        "It holds no policy that can be imported. "
        f"Import the folder IntuneManagement exported to, or a zip of it. Found: {first}{more}."
    )


def _copy_of(first: _Taken, content: str, name: str) -> Unread:
    """What becomes of a file whose id came before: a copy loses nothing, another policy does."""
    if content == first.content:
        reason = f"duplicate: “{first.name}” holds exactly the same and was imported"
        return Unread(name=name, reason=reason, matters=False)
    reason = (
        f"the same id as “{first.name}”, but the contents differ: “{first.name}” was imported, "
        "this was not"
    )
    return Unread(name=name, reason=reason)


def _text_at(payload: Json, key: str) -> str:
    """A text that the policy may leave out."""
    value = payload.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnstorableContentError(f"its {key} is not text")
    return value
