"""Graph's front door: tokens, faults, approvals, batches and the request log."""

import asyncio
import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from tenants.emulator import faults, request_log
from tenants.emulator.approvals import GatedWrite, complete_approval, is_gated, require_approval
from tenants.emulator.bodies import UnreadableBodyError, read_object
from tenants.emulator.clock import now
from tenants.emulator.login import Identity, identify
from tenants.emulator.paths import Answer, Call, part_of_batch
from tenants.emulator.refusals import Json, RefusedError, bad_request, default_code, error_body
from tenants.emulator.request_log import LoggedRequest
from tenants.emulator.service import Service
from tenants.emulator.state import State

MAX_BATCH = 20
_DIAGNOSTIC = json.dumps(
    {"ServerInfo": {"DataCenter": "Emulator", "Slice": "E", "Ring": "1", "RoleInstance": "E1"}},
    separators=(",", ":"),
)


@dataclass(frozen=True, slots=True)
class Gateway:
    state: State

    async def serve(self, call: Call) -> Answer:
        try:
            identity = identify(self.state, call.headers.get("authorization", ""))
        except RefusedError as refused:
            return await self._served(call, refused, batch=False)
        return await self._served(call, identity, batch=False)

    async def _served(
        self, call: Call, identity: Identity | RefusedError, *, batch: bool
    ) -> Answer:
        tenant = identity.tenant if isinstance(identity, Identity) else None
        request_id = str(uuid.uuid4())
        client_request_id = call.headers.get("client-request-id", request_id)
        effect = faults.effect_on(
            self.state, method=call.method, path=call.full_path, tenant=tenant
        )
        if effect.get("latency_ms"):
            await asyncio.sleep(effect["latency_ms"] / 1000)
        try:
            answer = await self._effected(call, identity, effect)
        except RefusedError as refused:
            answer = Answer(
                status=refused.status,
                body=error_body(
                    refused,
                    path=call.path,
                    request_id=request_id,
                    client_request_id=client_request_id,
                    at=now(),
                ),
                headers=refused.headers,
                applied=getattr(refused, "applied", False),
            )
        answer.headers |= {
            "request-id": request_id,
            "client-request-id": client_request_id,
            "x-ms-ags-diagnostic": _DIAGNOSTIC,
        }
        request_log.record(
            self.state,
            LoggedRequest(
                tenant=tenant,
                method=call.method,
                path=call.full_path,
                query=call.query,
                body=call.body,
                status=0 if answer.dropped else answer.status,
                request_id=request_id,
                client_request_id=client_request_id,
                batch=batch,
                applied=answer.applied,
            ),
        )
        return answer

    async def _effected(
        self, call: Call, identity: Identity | RefusedError, effect: Json
    ) -> Answer:
        if effect.get("disconnect") == "before":
            return Answer(status=504, dropped=True)
        if "status" in effect and not effect.get("after_apply"):
            raise _ordered_refusal(effect)
        if isinstance(identity, RefusedError):
            raise identity
        if call.path == "$batch":
            return await self._batch(call, identity)
        answer = self._answered(call, identity, effect)
        if effect.get("disconnect") == "after_apply":
            return Answer(status=504, dropped=True, applied=answer.applied)
        if "status" in effect:
            raise _AppliedButRefusedError(_ordered_refusal(effect), applied=answer.applied)
        return answer

    def _answered(self, call: Call, identity: Identity, effect: Json) -> Answer:
        code = None
        if request_log.is_write(call.method, call.full_path) and (
            effect.get("approval") or is_gated(self.state, identity.tenant, call.path)
        ):
            write = GatedWrite(
                tenant=identity.tenant,
                client_id=identity.client_id,
                method=call.method,
                target=call.full_path + ("?" + call.query if call.query else ""),
                body=call.body,
            )
            code = require_approval(self.state, write, call.headers)
        service = Service(
            state=self.state,
            identity=identity,
            call=call,
            ignored=frozenset(effect.get("ignore_properties", ())),
            hidden_for=effect.get("hide_after_create_ms", 0) / 1000,
        )
        with self.state.transaction():
            answer = service.answer()
            if code:
                complete_approval(self.state, code)
        return answer

    async def _batch(self, call: Call, identity: Identity) -> Answer:
        parts = _parts(call)
        answers: dict[str, Json] = {}
        for part in parts:
            needed = [str(one) for one in part.get("dependsOn") or ()]
            if any(answers[one]["status"] >= HTTPStatus.BAD_REQUEST for one in needed):
                answers[str(part["id"])] = _failed_dependency(part)
                continue
            answer = await self._served(part_of_batch(call, part), identity, batch=True)
            answers[str(part["id"])] = _part_answer(part, answer)
        return Answer(status=200, body={"responses": list(answers.values())})


class _AppliedButRefusedError(RefusedError):
    """The lie of a 500: it says failed, and the write is there."""

    def __init__(self, refused: RefusedError, *, applied: bool) -> None:
        super().__init__(
            refused.status, refused.code, refused.message, wrapped=True, headers=refused.headers
        )
        self.applied = applied


def _ordered_refusal(effect: Json) -> RefusedError:
    status = int(effect["status"])
    return RefusedError(
        status,
        effect.get("code", default_code(status)),
        effect.get("message", "An error has occurred"),
        wrapped=True,
        headers=_retry_after(effect),
    )


def _retry_after(effect: Json) -> Mapping[str, str]:
    seconds = effect.get("retry_after")
    form = effect.get("retry_after_form", "seconds")
    if seconds is None or form == "absent":
        return {}
    if form == "date":
        later = (now() + timedelta(seconds=math.ceil(seconds))).replace(microsecond=0)
        return {"Retry-After": format_datetime(later, usegmt=True)}
    return {"Retry-After": f"{seconds:.3f}" if form == "fractional" else str(math.ceil(seconds))}


def _parts(call: Call) -> list[Json]:
    try:
        parts = read_object(call.body)["requests"]
        valid = [part for part in parts if _is_part(part)]
        ids = [str(part["id"]) for part in valid]
    except (UnreadableBodyError, KeyError, TypeError) as error:
        raise bad_request("Invalid batch payload format.") from error
    if call.method != "POST" or len(valid) != len(parts) or len(set(ids)) != len(ids):
        raise bad_request("Invalid batch payload format.")
    if not parts:
        raise bad_request("The batch holds no requests.")
    if len(parts) > MAX_BATCH:
        raise bad_request(
            f"Number of batch request steps exceeds the maximum value of {MAX_BATCH}."
        )
    for position, part in enumerate(valid):
        if not {str(one) for one in part.get("dependsOn") or ()} <= set(ids[:position]):
            raise bad_request("A batch part depends on one that is not before it.")
    return valid


def _is_part(part: Any) -> bool:
    """Addresses are relative: a full one could send the batch's token elsewhere."""
    return (
        isinstance(part, dict)
        and {"id", "method", "url"} <= part.keys()
        and isinstance(part["url"], str)
        and isinstance(part["method"], str)
        and isinstance(part.get("dependsOn") or [], list)
        and isinstance(part.get("headers") or {}, dict)
        and "://" not in part["url"].partition("?")[0]
        and "$batch" not in part["url"]
    )


def _failed_dependency(part: Json) -> Json:
    return {
        "id": str(part["id"]),
        "status": 424,
        "headers": {},
        "body": {
            "error": {
                "code": "FailedDependency",
                "message": "The request it depends on did not succeed.",
            }
        },
    }


def _part_answer(part: Json, answer: Answer) -> Json:
    shown: Json = {"id": str(part["id"]), "status": answer.status, "headers": answer.headers}
    if answer.body is not None:
        shown["headers"] = {**answer.headers, "Content-Type": answer.content_type}
        shown["body"] = answer.body
    return shown
