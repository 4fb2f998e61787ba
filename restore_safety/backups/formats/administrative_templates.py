"""Administrative templates as tools write them: their settings alone, without the policy."""

from collections.abc import Mapping
from typing import Any

from tenants.graph.payloads import Json

_BIND = "definition@odata.bind"
ENTITY_SET = "deviceManagement/groupPolicyConfigurations"


def is_definition_values(value: Any) -> bool:
    """Whether the value is a list of settings of administrative templates, or a single one."""
    elements = value if isinstance(value, list) else [value]
    return bool(elements) and all(
        isinstance(element, Mapping) and _BIND in element for element in elements
    )


def administrative_template(name: str, settings: Any) -> Json:
    """Return the policy that holds the settings, under the name the tool gives beside them."""
    return {
        "displayName": name,
        "definitionValues": settings if isinstance(settings, list) else [settings],
    }
