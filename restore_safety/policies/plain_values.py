"""The values of OMA-URI settings that Graph answers masked, asked for one by one.

Graph gives them in clear at an address of their own, and only to an app that may also write.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from urllib.parse import quote

from tenants.graph.batching import BatchAnswer, BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Contract
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.payloads import Json, type_of

_SETTINGS = "omaSettings"
_XML = "omaSettingStringXml"
# What one policy may hold of them; far above what Intune lets a profile have.
_MOST_PER_POLICY = 1_000
_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Masked:
    """One masked value: where it stands, and where Graph answers it."""

    object_id: str
    position: int
    read: BatchRead


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainValues:
    """A payload with the values that were answered, and why others were not."""

    payload: Json
    problems: tuple[str, ...] = ()


def may_be_masked(kind: Contract) -> bool:
    """Whether policies of the type can hold values that are answered apart."""
    return kind.key == "deviceConfigurations"


def with_plain_values(
    client: GraphClient, kind: Contract, payloads: Mapping[str, Json]
) -> dict[str, PlainValues]:
    """Each of these policies by id, with its masked OMA-URI values in clear where permitted."""
    masked = [
        one
        for object_id, payload in payloads.items()
        for one in _masked_in(kind, object_id, payload)
    ]
    answers: list[BatchAnswer] = []
    for some in batched(masked, _AT_ONCE, strict=False):
        answers += _batch(client, [one.read for one in some])
    answered = {
        (one.object_id, one.position): answer for one, answer in zip(masked, answers, strict=True)
    }
    return {
        object_id: _filled(kind, object_id, payload, answered)
        for object_id, payload in payloads.items()
    }


def _masked_in(kind: Contract, object_id: str, payload: Json) -> Iterator[_Masked]:
    settings = payload.get(_SETTINGS)
    if not isinstance(settings, list):
        return
    base = f"{kind.path}/{quote(object_id, safe='')}"
    for position, setting in enumerate(settings[:_MOST_PER_POLICY]):
        reference = _reference_of(setting)
        if reference:
            name = quote(reference.replace("'", "''"), safe="")
            path = f"{base}/getOmaSettingPlainTextValue(secretReferenceValueId='{name}')"
            read = BatchRead(path=path, version=kind.version)
            yield _Masked(object_id=object_id, position=position, read=read)


def _reference_of(setting: Any) -> str:
    if not isinstance(setting, dict) or setting.get("isEncrypted") is not True:
        return ""
    return str(setting.get("secretReferenceValueId") or "")


def _filled(
    kind: Contract,
    object_id: str,
    payload: Json,
    answered: Mapping[tuple[str, int], BatchAnswer],
) -> PlainValues:
    found = [position for owner, position in answered if owner == object_id]
    if not found:
        return PlainValues(payload=payload)
    settings: list[Json] = list(payload[_SETTINGS])
    problems = []
    for position in found:
        setting, answer = settings[position], answered[object_id, position]
        value = _text_in(answer)
        if value is None:
            problems.append(_problem(kind, setting, answer.error))
        else:
            settings[position] = setting | {
                "value": _as_written(setting, value),
                "isEncrypted": False,
                "secretReferenceValueId": None,
            }
    return PlainValues(payload=payload | {_SETTINGS: settings}, problems=tuple(problems))


def _text_in(answer: BatchAnswer) -> str | None:
    """The value; Graph wraps it in an object, and some exports wrap it once more."""
    value: Any = answer.body if answer.error is None else None
    while isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, str) else None


def _as_written(setting: Json, value: str) -> str:
    """XML is answered as text and written as base64."""
    if not type_of(setting).endswith(_XML) or not value.lstrip().startswith("<"):
        return value
    return base64.b64encode(value.encode()).decode()


def _problem(kind: Contract, setting: Json, error: GraphError | None) -> str:
    name = str(setting.get("omaUri") or setting.get("displayName") or _SETTINGS)
    if error is not None and error.kind is ErrorKind.PERMISSION:
        return (
            f"the encrypted value of {name} was refused: grant the app {kind.write_permission}, "
            "which Graph asks for even to read it"
        )
    return f"the encrypted value of {name} could not be read"


def _batch(client: GraphClient, reads: Sequence[BatchRead]) -> list[BatchAnswer]:
    try:
        return client.batch(list(reads))
    except GraphError as error:
        return [BatchAnswer(status=error.status or 0, body={}, error=error)] * len(reads)
