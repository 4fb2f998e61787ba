"""Target: the directory behind a tenant that a restore writes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from restore_safety.truth.identity import identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A tenant of this product and the directory it is connected to; no directory: not connected.

    Scopes before version 3 hold one text in place of the parts. It is kept as it is and never read.
    """

    tenant: str = ""
    cloud: str = ""
    directory: str = ""
    before_version_3: str = ""

    def __post_init__(self) -> None:
        for name in ("tenant", "cloud", "directory", "before_version_3"):
            object.__setattr__(self, name, identity(getattr(self, name)))
        if bool(self.tenant) == bool(self.before_version_3):
            raise ValueError("A target is a tenant, or what stood for it before version 3.")
        if bool(self.cloud) != bool(self.directory):
            raise ValueError("A directory and its cloud belong together.")

    @property
    def key(self) -> str:
        """One text per target, to compare with and never to read."""
        return self.before_version_3 or f"{self.tenant}:{self.cloud}:{self.directory}"

    def to_json(self) -> dict[str, str] | str:
        if self.before_version_3:
            return self.before_version_3
        return {"tenant": self.tenant, "cloud": self.cloud, "directory": self.directory}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what a scope of any version holds; ValueError or TypeError for others."""
        if "target" not in stored:
            return cls(before_version_3=stored["tenant"])
        if stored["target"].keys() != {"tenant", "cloud", "directory"}:
            raise ValueError("The stored target has other fields than a target has.")
        return cls(**stored["target"])

    def is_target_of(self, stored: Mapping[str, Any]) -> bool:
        """Whether a stored scope is for this target."""
        if "target" in stored:
            return bool(stored["target"] == self.to_json())
        return stored.get("tenant") == self.as_before_version_3

    def is_same_as(self, other: "Target") -> bool:
        """Whether both name one directory, also where one is of a scope before version 3."""
        if self.before_version_3 or other.before_version_3:
            return self.as_before_version_3 == other.as_before_version_3
        return self == other

    @property
    def as_before_version_3(self) -> str:
        """The text by which a scope before version 3 names this target."""
        if self.before_version_3:
            return self.before_version_3
        if not self.directory:
            return identity(f"tenant {self.tenant}, not connected")
        return identity(f"tenant {self.tenant} in {self.cloud} directory {self.directory}")
