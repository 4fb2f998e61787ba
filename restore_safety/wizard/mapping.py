"""The rows of the mapping editor: cleaned and explained; nothing is saved here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.dateformat import format as format_date

from restore_safety.directory.lookup import DirectoryKind, DirectorySnapshot
from restore_safety.models import folded
from restore_safety.truth.identity import identity
from restore_safety.truth.mapping import LONGEST_SOURCE, normal_source, source_fault
from restore_safety.truth.references import NAME_PREFIX, ReferenceKind, by_name, name_in
from tenants.models import Tenant
from tenants.moments import FORMAT

MAPPING_PREFIX = "map"
_WITH_ID = re.compile(r"(?P<name>.+) \((?P<id>[^()]+)\)")
_LONGEST_HERE = 700

type Source = tuple[ReferenceKind, str]


def shown_here(name: str, object_id: str) -> str:
    """An object of the tenant as a field shows it, and takes it back."""
    return f"{name} ({object_id})" if name else object_id


class MappingRowForm(forms.Form):
    """One object of the backup, and what stands in for it here."""

    kind = forms.ChoiceField(
        required=False,
        label="Kind",
        choices=[("", "Choose a kind"), *((kind.value, kind.label) for kind in ReferenceKind)],
        error_messages={"invalid_choice": "Choose one of the kinds."},
    )
    source = forms.CharField(required=False, max_length=LONGEST_SOURCE, label="In the backup")
    here = forms.CharField(required=False, max_length=_LONGEST_HERE, label="Here")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        entered = {name for name in self.fields if cleaned.get(name) or name in self.errors}
        if entered & {"source", "here"}:
            if "kind" not in entered:
                self.add_error("kind", "Choose what kind of object this is.")
            if "source" not in entered:
                self.add_error("source", "Enter its id or its name in the backup.")
        return cleaned

    @property
    def is_blank(self) -> bool:
        return not (self.cleaned_data.get("source") or self.cleaned_data.get("here"))


if TYPE_CHECKING:
    _Rows = forms.BaseFormSet[MappingRowForm]
else:
    _Rows = forms.BaseFormSet


class MappingRows(_Rows):
    """All the rows of a page; a row with nothing here takes its mapping back.

    `known` holds the objects the page asks about, each with its name in the backup or "".
    """

    def __init__(
        self, *args: Any, tenant: Tenant, known: Mapping[Source, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._tenant = tenant
        self._known = known
        self.entries: dict[Source, str] = {}

    def clean(self) -> None:
        """Find each object by its id or name; what is wrong is said at the field of its row."""
        rows = [
            (number, form)
            for number, form in enumerate(self.forms, 1)
            if not form.errors and not form.is_blank
        ]
        typed = [form.cleaned_data["here"] for _, form in rows]
        directory = DirectorySnapshot.about(
            self._tenant, ids=filter(None, map(_id_in, typed)), names=_names_in(typed)
        )
        ids = _ids_by_name(self._known)
        numbers: dict[Source, int] = {}
        for number, form in rows:
            key = self._key_of(form, ids)
            if key is None:
                continue
            if key in numbers:
                form.add_error("source", f"It is in row {numbers[key]} already.")
                continue
            numbers[key] = number
            self._resolve(form, key, directory)

    def _key_of(self, form: MappingRowForm, ids: Mapping[Source, Source]) -> Source | None:
        """Which object the row is of: by its id where the backup knows one object of the name."""
        kind, text = ReferenceKind(form.cleaned_data["kind"]), form.cleaned_data["source"]
        asked = kind, normal_source(text)
        if asked in self._known:
            return asked
        is_plain_name = not kind.is_id(text) and not identity(text).startswith(NAME_PREFIX)
        source = by_name(text) if is_plain_name else normal_source(text)
        if fault := source_fault(kind, source):
            form.add_error("source", fault)
            return None
        return ids.get((kind, source), (kind, source))

    def _resolve(self, form: MappingRowForm, key: Source, directory: DirectorySnapshot) -> None:
        text = form.cleaned_data["here"]
        if not text:
            if key not in self._known:
                form.add_error("here", "Enter what stands in for it, or clear the row.")
            self.entries[key] = ""
            return
        target, fault = found_here(key[0], text, directory)
        if fault:
            form.add_error("here", fault)
        self.entries[key] = target


def found_here(kind: ReferenceKind, text: str, directory: DirectorySnapshot) -> tuple[str, str]:
    """The id of the object that the text names, or why it names none, as a sentence.

    An id is taken as it is: the directory may not know yet what was created a minute ago.
    """
    if kind.is_id(text):
        return identity(text), ""
    of_kind = DirectoryKind(kind.value)
    ids = directory.ids_named(of_kind, text)
    if len(ids) == 1:
        return ids[0], ""
    picked = _WITH_ID.fullmatch(text.strip())
    if picked and kind.is_id(picked["id"]):
        object_id = identity(picked["id"])
        name = directory.name_of(of_kind, object_id)
        if not name or folded(name) == folded(picked["name"]):
            return object_id, ""
        return "", f"The id is that of “{name}”, not of “{picked['name']}”."
    return "", _not_found(kind, text, len(ids), directory)


def _not_found(kind: ReferenceKind, text: str, count: int, directory: DirectorySnapshot) -> str:
    noun = kind.label.lower()
    if count:
        return f"{count} objects of this kind are named “{text}” here. Enter the id of one of them."
    at = directory.synchronised_at(DirectoryKind(kind.value))
    if at is None:
        return (
            f"No {noun} of this tenant was read yet, so a name cannot be found. "
            f"Enter an id, like {kind.id_example}."
        )
    when = format_date(timezone.localtime(at), FORMAT)
    return (
        f"No {noun} here is named “{text}”, as read on {when}. "
        f"Enter the name of one, or an id like {kind.id_example}."
    )


def _id_in(text: str) -> str:
    picked = _WITH_ID.fullmatch(text.strip())
    return picked["id"] if picked else ""


def _names_in(texts: Iterable[str]) -> Iterator[str]:
    return (text for text in texts if text)


def _ids_by_name(known: Mapping[Source, str]) -> dict[Source, Source]:
    """By kind and name the one object of the name; names that several have are left out."""
    found: dict[Source, list[Source]] = {}
    for (kind, source), name in known.items():
        if name and not name_in(source):
            found.setdefault((kind, by_name(name)), []).append((kind, source))
    return {named: ids[0] for named, ids in found.items() if len(ids) == 1}
