"""Read an exported folder or zip: what can be understood is made ready, the rest is named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from restore_safety.backups.copies import Copies, Copy
from restore_safety.backups.decoding import DecodedFile, TooDeeplyNestedError, UnreadableFileError
from restore_safety.backups.file_tree import FileTree, decode
from restore_safety.backups.formats import Candidate, Document, Layout, layout_of
from restore_safety.backups.formats.envelopes import elements_in
from restore_safety.backups.formats.names import with_references
from restore_safety.backups.formats.role_assignments import with_assignments_apart
from restore_safety.backups.not_policies import (
    ARCHIVED,
    is_archived,
    reason_by_place,
    reason_of_other_file,
)
from restore_safety.backups.script_files import ScriptFiles, may_be_script
from restore_safety.backups.shape import WrongShapeError, shaped
from restore_safety.backups.sources import ImportRefusedError, SourceFile, open_source
from restore_safety.backups.stated_assignments import assignments_in
from restore_safety.backups.storing import PolicyRecord, PreparedSet, UnstorableContentError
from restore_safety.backups.understanding import (
    ExportMarkers,
    group_ids_of,
    is_about_the_export,
    is_page_of_more,
)
from restore_safety.backups.unread import Unread
from restore_safety.backups.unsupported import name_of_type
from restore_safety.policies.completeness import Known, completeness_of
from tenants.canonical_json import digest_of
from tenants.graph.contracts import (
    Contract,
    UnrecognisedPayloadError,
    is_built_in,
    name_of,
    recognise,
    unbound,
)
from tenants.graph.normal_form import normal_assignments, normal_form
from tenants.graph.payloads import TYPE, Json

_NAMED_IN_REFUSAL = 3
_LONGEST_REASON = 500
# Where tools put what belongs to a policy beside it: read with the policy, before it is met here.
_COMPANION_FOLDER = "assignments"
_COMPANION_ENDINGS = ("_settings", "_assignments")
_GRAPH = "https://graph.microsoft.com/beta/$metadata#"

type Watch = Callable[[int, int], None]


@dataclass(slots=True, kw_only=True)
class ExportReading:
    """An export as far as it was read: policies made ready, and everything left out."""

    tree: FileTree
    markers: ExportMarkers = field(default_factory=ExportMarkers)
    prepared: PreparedSet = field(default_factory=PreparedSet)
    unread: list[Unread] = field(default_factory=list)
    _copies: Copies = field(default_factory=Copies)
    _scripts: ScriptFiles = field(init=False)

    def __post_init__(self) -> None:
        self._scripts = ScriptFiles(tree=self.tree)

    def take(self, file: SourceFile) -> None:
        """Take in what the file holds, or note why it is left out."""
        if self.tree.is_companion(file):
            return
        if reason := self._left_aside(file):
            self.unread.append(Unread(name=file.name, reason=reason, matters=False))
            return
        try:
            decoded = decode(file)
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
            self._take_elements(file, decoded)

    def _left_aside(self, file: SourceFile) -> str:
        """Why a file is not looked into; "" when it is."""
        if file.problem:
            return file.problem
        if is_archived(file.name):
            return ARCHIVED
        if file.is_data:
            return ""
        return self._scripts.reason_of(file) or reason_of_other_file(file.name)

    def settle(self) -> None:
        """Once everything was taken in: drop the copies that are not kept, and name them."""
        self._copies.settle()
        kept = self._copies.kept
        self.prepared.keep_only([copy.item for copy in kept])
        for copy in kept:
            if problem := copy.item.record.completeness.assignments_problem:
                reason = f"its assignments are not in this backup: {problem}"
                self.unread.append(Unread(name=copy.name, reason=reason, in_part=True))
        self.unread.extend(self._copies.left())
        # Of no more use, and of some weight where there are thousands.
        self._copies = Copies()
        self.tree = FileTree(())
        self._scripts = ScriptFiles(tree=self.tree)

    def _take_elements(self, file: SourceFile, decoded: DecodedFile) -> None:
        documents = self._documents(file, decoded)
        refusals = [refused for found in documents if (refused := self._refusal(found))]
        if is_page_of_more(decoded.value):
            reason = "one page of a longer list: what followed it was not saved in this file"
            self.unread.append(Unread(name=file.name, reason=reason))
        elif not documents:
            refusals = [Unread(name=file.name, reason="not a policy: it is empty")]
        if len(refusals) == len(documents) and len({entry.reason for entry in refusals}) == 1:
            # Nothing in it was taken in: one line says so for the file.
            refusals = [replace(refusals[0], name=file.name)]
        self.unread.extend(refusals)

    def _documents(self, file: SourceFile, decoded: DecodedFile) -> list[Document]:
        elements = list(elements_in(decoded.value))
        return [
            Document(
                name=file.name if len(elements) == 1 else f"{file.name} [{number}]",
                file=file,
                folder="/".join(part for part in (file.folder, collection) if part),
                value=element,
                tree=self.tree,
                decoded_cleanly=decoded.decoded_cleanly,
            )
            for number, (collection, element) in enumerate(elements, 1)
        ]

    def _refusal(self, document: Document) -> Unread | None:
        """Make one policy ready; what it is left out for, or None when it was taken in."""
        layout = layout_of(document)
        candidate = with_assignments_apart(layout.candidate(document))
        self._take_enclosed(document, candidate, layout)
        return self._candidate_refusal(document, candidate, layout)

    def _take_enclosed(self, document: Document, candidate: Candidate, layout: Layout) -> None:
        """Take in the policies that lie inside of the object, and name what else does."""
        for clause in candidate.not_imported:
            reason = f"not imported in full: {clause}"
            self.unread.append(Unread(name=document.name, reason=reason, in_part=True))
        for enclosed in candidate.enclosed:
            name = f"{document.name}, {enclosed.place}"
            inner = replace(document, name=name, value=enclosed.candidate.value)
            if refused := self._candidate_refusal(inner, enclosed.candidate, layout):
                self.unread.append(refused)

    def _candidate_refusal(
        self, document: Document, candidate: Candidate, layout: Layout
    ) -> Unread | None:
        try:
            contract = recognise(_stated(candidate), folder=document.folder)
        except UnrecognisedPayloadError as error:
            return self._marker_or_refusal(document, error)
        if is_built_in(contract, candidate.value):
            reason = "built in: every tenant has it by itself, and it is never restored"
            return Unread(name=document.name, reason=reason, matters=False)
        try:
            self._keep(contract, document, candidate, layout)
        except (UnstorableContentError, WrongShapeError) as error:
            return Unread(name=document.name, reason=str(error))
        return None

    def _marker_or_refusal(self, document: Document, error: UnrecognisedPayloadError) -> Unread:
        marker = self.markers.take(
            name=document.file.name, folder=document.file.folder, value=document.value
        )
        if reason := marker or reason_by_place(document.name):
            return Unread(name=document.name, reason=reason, matters=False)
        kind = name_of_type(document, error.type_name) if error.is_other_kind else ""
        if kind:
            return Unread(name=document.name, reason=f"{kind}: not supported")
        reason = str(error).removesuffix(".")[:_LONGEST_REASON]
        return Unread(name=document.name, reason=f"not a policy that can be restored. {reason}")

    def _keep(
        self, contract: Contract, document: Document, candidate: Candidate, layout: Layout
    ) -> None:
        record = self._record_of(contract, document, candidate, layout)
        content = _digest(normal_form(contract, record.payload))
        facts = record.completeness
        stated = record.assignments
        self._copies.add(
            Copy(
                name=document.name,
                item=self.prepared.add(record),
                content=content,
                assignments="" if stated is None else _digest(normal_assignments(stated)),
                rank=_rank(
                    facts.is_complete,
                    facts.assignments_captured,
                    facts.settings_proven,
                    not facts.metadata_losses,
                    bool(record.object_id),
                ),
                problems=facts.content_problems,
            )
        )

    def _record_of(
        self, contract: Contract, document: Document, candidate: Candidate, layout: Layout
    ) -> PolicyRecord:
        names = dict(candidate.names)
        recovered = self._scripts.recovered(contract, document, candidate.value)
        policy = with_references(contract, unbound(recovered.policy), names)
        stated = assignments_in(contract, policy)
        shape = shaped(contract, {key: part for key, part in policy.items() if not _assigns(key)})
        payload = shape.policy
        groups = self.markers.names_of(group_ids_of(contract, payload, stated.assignments))
        return PolicyRecord(
            contract_key=contract.key,
            object_id=_text_at(payload, "id"),
            name=name_of(contract, payload),
            odata_type=_text_at(payload, TYPE),
            payload=payload,
            assignments=stated.assignments,
            group_names={**groups, **names},
            completeness=completeness_of(
                contract,
                payload,
                assignments_captured=stated.assignments is not None,
                assignments_problem=stated.problem,
                settings_followed=candidate.settings_followed,
                decoded_cleanly=document.decoded_cleanly,
                known=Known(
                    cut_off=shape.cut_off,
                    shape_faults=shape.faults,
                    unknown_members=shape.unknown,
                    losses=(*layout.losses(contract, payload), *recovered.losses),
                ),
            ),
        )


def read_export(path: Path, *, watch: Watch) -> ExportReading:
    """Everything under the path; ImportRefusedError when it is dangerous or holds no policy."""
    with open_source(path) as files:
        reading = ExportReading(tree=FileTree(files))
        for done, file in enumerate(in_turn(files), 1):
            reading.take(file)
            watch(done, len(files))
        reading.settle()
    if not reading.prepared.items:
        raise ImportRefusedError(_nothing_found(reading.unread))
    return reading


def in_turn(files: Iterable[SourceFile]) -> list[SourceFile]:
    """The files in the order in which they are read.

    Folder by folder, so that what lies beside the policies of each is looked at once.
    """
    return sorted(files, key=lambda file: (_turn(file), file.folder))


def _turn(file: SourceFile) -> int:
    """When a file is read: names of groups first, and last what policies may already have read."""
    if is_about_the_export(file.name):
        return 0
    folder = file.folder.rpartition("/")[2].casefold()
    is_companion = folder == _COMPANION_FOLDER or file.stem.casefold().endswith(_COMPANION_ENDINGS)
    return 2 if is_companion or may_be_script(file) else 1


def _stated(candidate: Candidate) -> Any:
    """The object with what its tool says of its type in the place where Graph says it."""
    if not candidate.entity_set or not isinstance(candidate.value, Mapping):
        return candidate.value
    return {**candidate.value, "@odata.context": f"{_GRAPH}{candidate.entity_set}/$entity"}


def _assigns(key: str) -> bool:
    return key == "assignments" or key.startswith("assignments@")


@cache
def _rank(*facts: bool) -> tuple[bool, ...]:
    """One tuple for all copies that are as whole as each other: there are thousands."""
    return facts


def _digest(value: Any) -> str:
    try:
        return digest_of(value)
    except (ValueError, TypeError):
        raise UnstorableContentError("it holds text or numbers that cannot be kept") from None


def _nothing_found(unread: Sequence[Unread]) -> str:
    listed = [entry for entry in unread if entry.matters] or list(unread)
    if not listed:
        return "It is empty. Import the folder the export was written to, or a zip of it."
    first = "; ".join(str(entry) for entry in listed[:_NAMED_IN_REFUSAL])
    more = f"; and {rest:,} more" if (rest := len(listed) - _NAMED_IN_REFUSAL) > 0 else ""
    return (
        "It holds no policy that can be imported. "
        f"Import the folder a backup tool exported to, or a zip of it. Found: {first}{more}."
    )


def _text_at(payload: Json, key: str) -> str:
    """A text that the policy may leave out."""
    value = payload.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnstorableContentError(f"its {key} is not text")
    return value
