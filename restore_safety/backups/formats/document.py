"""What a layout is given and gives back: an object of a file, a policy as Graph would answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from restore_safety.backups.file_tree import FileTree
from restore_safety.backups.sources import SourceFile
from restore_safety.policies.completeness import Loss
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json

__all__ = ["Candidate", "Document", "Enclosed", "Layout", "Loss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One object of a file; `folder` is where it lies, a collection inside a file included."""

    # As it is named to a person: the path, and its number where a file holds several.
    name: str
    file: SourceFile
    folder: str
    value: Any
    tree: FileTree
    decoded_cleanly: bool = True

    @property
    def members(self) -> Mapping[str, Any]:
        """The object; empty when the file holds something else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def context(self) -> str:
        context = self.members.get("@odata.context")
        return context if isinstance(context, str) else ""

    def lies_in(self, *folders: str) -> bool:
        """Whether one of the folders, which may be a path of several, is the end of its path."""
        tail = f"/{self.folder}".casefold()
        return any(tail.endswith(f"/{name}".casefold()) for name in folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An object that may be a policy, in the form Graph would answer it."""

    value: Any
    # What its tool says it is: a Graph entity set, "" when the object itself has to say.
    entity_set: str = ""
    # Names of what it refers to, by id or by `name:` reference.
    names: Mapping[str, str] = field(default_factory=dict)
    # Whether every page of its settings is known to have been read.
    settings_followed: bool = False
    # Policies of their own that its tool keeps inside of it, each with what it is called there.
    enclosed: tuple["Enclosed", ...] = ()
    # What its tool keeps inside of it and no policy holds, as clauses.
    not_imported: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A policy that lies inside of another's object; `place` says where, for people."""

    place: str
    candidate: Candidate


class Layout(Protocol):
    """How one tool writes a policy to disk."""

    @property
    def tool(self) -> str:
        """The name of the tool."""

    def recognises(self, document: Document) -> bool:
        """Whether the object was written by this tool, by its content and what lies beside it."""

    def candidate(self, document: Document) -> Candidate:
        """Return the object in Graph's form, joined with what lies beside it."""

    def losses(self, contract: Contract, policy: Json) -> tuple[Loss, ...]:
        """Return what the tool is known to lose of such a policy."""
