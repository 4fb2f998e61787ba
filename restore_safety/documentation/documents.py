"""The documents in docs that have generated parts, and what writes each of them."""

import json
from collections.abc import Callable, Mapping
from functools import partial

from django.http import HttpRequest

from restore_safety.api.answers import dumped
from restore_safety.api.v1 import api
from restore_safety.documentation import data_model, page_contract
from restore_safety.documentation.blocks import Block, with_blocks


def api_document() -> str:
    """Return the OpenAPI document of the API."""
    document = api.renderer.render(HttpRequest(), api.get_openapi_schema(), response_status=200)
    return dumped(json.loads(document))


def _blocks_of(blocks: Callable[[], Mapping[str, Block]], current: str) -> str:
    return with_blocks(current, blocks())


# What returns a document as it should be, given what it is, by its path under docs.
DOCUMENTS: dict[str, Callable[[str], str]] = {
    "data-model.md": partial(_blocks_of, data_model.blocks),
    "contracts/restore-safety.openapi.yaml": partial(_blocks_of, page_contract.blocks),
    "contracts/api.openapi.json": lambda _current: api_document(),
}
