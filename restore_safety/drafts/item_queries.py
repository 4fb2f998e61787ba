"""How a list of policies is narrowed down, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tenants.web.searching import searchable


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """How a list of policies was narrowed down, as the address says it."""

    text: str = ""
    contract_key: str = ""
    decision: str = ""
    effect: str = ""
    item: str = ""
    page: str = "1"

    @classmethod
    def from_address(cls, parameters: Mapping[str, str]) -> "ItemQuery":
        return cls(
            text=searchable(parameters.get("q", "")),
            contract_key=searchable(parameters.get("type", "")),
            decision=searchable(parameters.get("decision", "")),
            effect=searchable(parameters.get("effect", "")),
            item=searchable(parameters.get("item", "")),
            page=searchable(parameters.get("page", "1")),
        )

    @classmethod
    def as_listed(cls, posted: Mapping[str, str]) -> "ItemQuery":
        """The list a posted page showed, whatever was typed into its search field since."""
        return cls(
            text=searchable(posted.get("listed_q", "")),
            contract_key=searchable(posted.get("listed_type", "")),
            page=searchable(posted.get("listed_page", "1")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether only a part of the list is asked for."""
        return self != ItemQuery()

    @property
    def address(self) -> dict[str, str]:
        """Only what narrows the list down, as an address says it."""
        said = {"q": self.text, "type": self.contract_key}
        if self.page != "1":
            said["page"] = self.page
        return {name: value for name, value in said.items() if value}
