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

from .completeness import Completeness, completeness_of
from .decoding import TooDeeplyNestedError, UnreadableFileError, decode_json
from .sources import ImportRefusedError, SourceFile, open_source
from .stated_assignments import assignments_in
from .storing import PolicyRecord, PreparedItem, PreparedSet, UnstorableContentError, content_digest
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
class _Copy:
    """One of the files that hold a policy of one id."""

    name: str
    content: str
    completeness: Completeness


@dataclass(slots=True, kw_only=True)
class _Taken:
    """The copy of a policy that is kept, and those beside it."""

    copy: _Copy
    item: PreparedItem
    others: list[_Copy] = field(default_factory=list)


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

    def settle(self) -> None:
        """Once everything was taken in: drop the copies that are not kept, and name them."""
        self.prepared.keep_only([taken.item for taken in self._taken.values()])
        for taken in self._taken.values():
            kept = taken.copy
            if problem := kept.completeness.assignments_problem:
                reason = f"its assignments are not in this backup: {problem}"
                self.unread.append(Unread(name=kept.name, reason=reason, in_part=True))
            self.unread.extend(_left_for(kept, other) for other in taken.others)

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
            self._take(self._record_of(contract, found), found)
        except UnstorableContentError as error:
            return Unread(name=found.name, reason=str(error))
        return None

    def _marker_or_refusal(self, found: _Found, error: UnrecognisedPayloadError) -> Unread:
        file = found.file
        if marker := self.markers.take(name=file.name, folder=file.folder, value=found.value):
            return Unread(name=found.name, reason=marker, matters=False)
        told = str(error).removesuffix(".")[:_LONGEST_REASON]
        return Unread(name=found.name, reason=f"not a policy that can be restored. {told}")

    def _take(self, record: PolicyRecord, found: _Found) -> None:
        """Keep the policy; of several under one id the first that is whole, or else the first."""
        content = content_digest(found.value)
        copy = _Copy(name=found.name, content=content, completeness=record.completeness)
        identity = record.contract_key, record.object_id.casefold() or content
        taken = self._taken.get(identity)
        if taken is None:
            self._taken[identity] = _Taken(copy=copy, item=self.prepared.add(record))
        elif copy.completeness.is_complete and not taken.copy.completeness.is_complete:
            taken.item = self.prepared.add(record)
            taken.others.append(taken.copy)
            taken.copy = copy
        else:
            taken.others.append(copy)

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
    reading.settle()
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


def _left_for(kept: _Copy, other: _Copy) -> Unread:
    """What becomes of a copy beside the one that is kept: other contents are lost, equal not."""
    if other.content == kept.content:
        reason = f"duplicate: “{kept.name}” holds exactly the same and was imported"
        return Unread(name=other.name, reason=reason, matters=False)
    reason = (
        f"the same id as “{kept.name}”, but the contents differ: “{kept.name}” was imported, "
        "this was not"
    )
    told = " ".join((f"{reason}.", *other.completeness.content_problems))
    return Unread(name=other.name, reason=told.removesuffix("."))


def _text_at(payload: Json, key: str) -> str:
    """A text that the policy may leave out."""
    value = payload.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnstorableContentError(f"its {key} is not text")
    return value
