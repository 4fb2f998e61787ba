"""The write fence: nothing leaves for a tenant unless it is, byte for byte, on the plan."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tenants.graph.contracts import is_policy_address
from tenants.graph.errors import FenceRefusalError

PLACEHOLDER = "urn:restore-safety:created:"
# Keys end where a key's own characters end, so that no key can be the start of another's token.
_TOKEN = re.compile(rf"{re.escape(PLACEHOLDER)}([A-Za-z0-9_-]+)")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
# What Graph gives as ids; anything else could change the address or the body around it.
_OBJECT_ID = re.compile(r"[A-Za-z0-9_-]+")


class WritePurpose(StrEnum):
    """What a write is for, as plan and journal store it."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    SCHEDULE = "schedule"
    SET_PART = "set_part"
    REMOVE_PART = "remove_part"
    LINK = "link"
    UNLINK = "unlink"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWrite:
    """One write of the plan; path and body may hold placeholders for ids not yet given.

    `member` names the part or the link of the policy that is written; else it is empty.
    """

    operation_id: str
    purpose: WritePurpose
    member: str = ""
    method: str
    version: str
    path: str
    body: bytes | None
    # The key that later writes know the created object by.
    binds: str | None = None

    @property
    def deletes_policy(self) -> bool:
        """Whether it deletes a whole policy, and not an assignment or a part of one.

        By what would leave, not by what the plan calls it: nothing that is stored lifts this.
        """
        return self.method == "DELETE" and is_policy_address(self.path)


def placeholder(key: str) -> str:
    """The text that stands in path or body for the id of an object yet to be created."""
    if not _KEY.fullmatch(key):
        raise ValueError("A placeholder key has letters, digits, '_' and '-' only.")
    return f"{PLACEHOLDER}{key}"


def placeholder_keys(text: str) -> list[str]:
    """The keys of the placeholders in a path or a body."""
    return _TOKEN.findall(text)


class WriteFence:
    """Built from the plan alone; lets each planned write through once.

    Whole policies are deleted through a fence of an undo alone, whatever a plan holds.
    """

    def __init__(self, plan: Sequence[PlannedWrite], *, may_delete_policies: bool = False) -> None:
        self._may_delete_policies = may_delete_policies
        self._plan = {write.operation_id: write for write in plan}
        if len(self._plan) != len(plan):
            raise ValueError("Two planned writes share an operation id.")
        self._planned_ids = {part for write in plan for part in write.path.split("/")}
        self._bound: dict[str, str] = {}
        self._spent: set[str] = set()

    def bind(self, key: str, object_id: str) -> None:
        """From now on the placeholder of this key stands for the id; it can't be changed."""
        if not _OBJECT_ID.fullmatch(object_id):
            raise FenceRefusalError("-", f"the id bound to {key!r} is not a Graph object id.")
        if object_id in self._planned_ids:
            raise FenceRefusalError("-", f"{key!r} is new, and the plan changes this id already.")
        if any(bound == object_id and other != key for other, bound in self._bound.items()):
            raise FenceRefusalError("-", f"the id bound to {key!r} is that of another new object.")
        if self._bound.setdefault(key, object_id) != object_id:
            raise FenceRefusalError("-", f"{key!r} is already bound to another object.")

    def is_bound(self, key: str) -> bool:
        """Whether the object this key stands for has been created."""
        return key in self._bound

    def resolved(self, write: PlannedWrite) -> PlannedWrite:
        """The write with the ids known by now, as it would leave."""
        for key in _keys_in(write):
            if key not in self._bound:
                raise FenceRefusalError(write.operation_id, f"{key!r} is not created yet.")
        return self.as_known(write)

    def as_known(self, write: PlannedWrite) -> PlannedWrite:
        """The write with the ids known by now; what is not created yet keeps its placeholder."""
        body = write.body
        if body is not None:
            body = self._filled(body.decode("latin-1")).encode("latin-1")
        return replace(write, path=self._filled(write.path), body=body)

    def check(
        self, operation_id: str, method: str, path: str, body: bytes | None, *, version: str
    ) -> None:
        """Raise unless exactly this write is planned and has not succeeded before."""
        planned = self._plan.get(operation_id)
        if planned is None:
            raise FenceRefusalError(operation_id, "it is not on the plan.")
        if operation_id in self._spent:
            raise FenceRefusalError(operation_id, "it has been carried out already.")
        expected = self.resolved(planned)
        if expected.deletes_policy and not self._may_delete_policies:
            raise FenceRefusalError(operation_id, "only an undo deletes a policy.")
        for name, is_planned in (
            ("method", expected.method == method),
            ("version", expected.version == version),
            ("path", expected.path == path),
            ("body", expected.body == body),
        ):
            if not is_planned:
                raise FenceRefusalError(operation_id, f"its {name} is not the planned one.")

    def spend(self, operation_id: str) -> None:
        """The write has succeeded; it never leaves again."""
        if operation_id not in self._plan:
            raise FenceRefusalError(operation_id, "it is not on the plan.")
        self._spent.add(operation_id)

    def _filled(self, text: str) -> str:
        return _TOKEN.sub(lambda token: self._bound.get(token.group(1), token.group()), text)


def _keys_in(write: PlannedWrite) -> Iterator[str]:
    # Latin-1 maps every byte to one character, so a body need not be text to be searched.
    for text in (write.path, (write.body or b"").decode("latin-1")):
        yield from placeholder_keys(text)
