"""The emulator's own controls: who the tenants are, what is in them, and what goes wrong."""

import hashlib
import ipaddress
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tenants.emulator import approvals, faults, request_log
from tenants.emulator.bodies import read_object
from tenants.emulator.catalogue import COLLECTIONS, Collection
from tenants.emulator.catalogue.access import GROUPS
from tenants.emulator.catalogue.administration import SCOPE_TAGS
from tenants.emulator.changes import Change
from tenants.emulator.clock import now
from tenants.emulator.refusals import Json, RefusedError
from tenants.emulator.seeding import Seeding
from tenants.emulator.state import State, StoredObject
from tenants.emulator.tenancy import checked_behaviours, checked_kinds

type Endpoint = Callable[[Request], Awaitable[Response]]

# What a document of another shape than the control expects comes to.
_MISUSES = (RefusedError, ValueError, LookupError, TypeError, AttributeError, OverflowError)
_OPTIONS = (
    "approvalLifetimeSeconds",
    "displayName",
    "pageSize",
    "securityDefaults",
    "subscribedSkus",
    "tokenLifetimeSeconds",
    "verifiedDomains",
)
_DEFAULT_TAG = {"id": "0", "displayName": "Default", "description": "Default Role Scope Tag."}


def control_routes(state: State) -> list[Route]:
    controls = _Controls(state)
    table: list[tuple[str, dict[str, Endpoint]]] = [
        ("/health", {"GET": controls.health}),
        (
            "/tenants/{tenant}",
            {
                "GET": controls.dump_tenant,
                "PUT": controls.seed_tenant,
                "PATCH": controls.change_tenant,
                "DELETE": controls.delete_tenant,
            },
        ),
        (
            "/tenants/{tenant}/objects/{rest:path}",
            {
                "POST": controls.add_object,
                "PATCH": controls.change_object,
                "DELETE": controls.remove_object,
            },
        ),
        ("/tenants/{tenant}/approvals", {"GET": controls.list_approvals}),
        ("/tenants/{tenant}/approvals/{code}", {"PUT": controls.decide_approval}),
        ("/requests", {"GET": controls.list_requests}),
        (
            "/faults",
            {
                "GET": controls.list_faults,
                "PUT": controls.set_faults,
                "DELETE": controls.clear_faults,
            },
        ),
    ]
    return [
        Route("/_emulator" + path, _guarded(endpoint), methods=[method])
        for path, verbs in table
        for method, endpoint in verbs.items()
    ]


def _guarded(endpoint: Endpoint) -> Endpoint:
    """From this machine only, and with plain words when a control is misused."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            return JSONResponse({"error": "controls answer to loopback only"}, status_code=403)
        try:
            return await endpoint(request)
        except _MISUSES as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return guarded


def _not_found(what: str) -> Response:
    return JSONResponse({"error": f"no such {what}"}, status_code=404)


class _Controls:
    def __init__(self, state: State) -> None:
        self.state = state

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def seed_tenant(self, request: Request) -> Response:
        tenant, document = request.path_params["tenant"].lower(), await _json(request)
        with self.state.transaction():
            self.state.forget_tenant(tenant)
            self.state.save_tenant(tenant, _tenant_document(document, {"displayName": tenant}))
            self._seeding(tenant, COLLECTIONS[SCOPE_TAGS]).seed(_DEFAULT_TAG)
            for group in document.get("groups", []):
                self._seeding(tenant, COLLECTIONS[GROUPS]).seed(group)
            for path, bodies in document.get("objects", {}).items():
                for body in bodies:
                    self._seeding(tenant, COLLECTIONS[path.strip("/")]).seed(body)
        return JSONResponse({"id": tenant}, status_code=201)

    async def change_tenant(self, request: Request) -> Response:
        tenant, changes = request.path_params["tenant"].lower(), await _json(request)
        before = self.state.tenant(tenant)
        if before is None:
            return _not_found("tenant")
        self.state.save_tenant(tenant, _tenant_document(changes, before))
        return JSONResponse({"id": tenant})

    async def dump_tenant(self, request: Request) -> Response:
        tenant = request.path_params["tenant"].lower()
        document = self.state.tenant(tenant)
        if document is None:
            return _not_found("tenant")
        clients = [
            {"client_id": client["client_id"], "roles": client.get("roles", [])}
            for client in document.get("clients", [])
        ]
        dumped = {
            path: [_dumped(stored) for stored in self.state.objects(tenant, path)]
            for path in self.state.collections(tenant)
        }
        groups = dumped.pop(GROUPS, [])
        return JSONResponse(
            {**document, "id": tenant, "clients": clients, "groups": groups, "objects": dumped}
        )

    async def delete_tenant(self, request: Request) -> Response:
        with self.state.transaction():
            self.state.forget_tenant(request.path_params["tenant"].lower())
        return Response(status_code=204)

    async def add_object(self, request: Request) -> Response:
        tenant, collection, _ = self._target(request)
        body = await _json(request)
        with self.state.transaction():
            stored = self._seeding(tenant, collection).seed(body)
        return JSONResponse(_dumped(stored), status_code=201)

    async def change_object(self, request: Request) -> Response:
        tenant, collection, key = self._target(request)
        body = await _json(request)
        stored = self.state.object(tenant, collection.path, key)
        if stored is None:
            return _not_found("object")
        with self.state.transaction():
            self._seeding(tenant, collection).edit(stored, body)
        return JSONResponse(_dumped(stored))

    async def remove_object(self, request: Request) -> Response:
        tenant, collection, key = self._target(request)
        stored = self.state.object(tenant, collection.path, key)
        if stored is None:
            return _not_found("object")
        with self.state.transaction():
            self._seeding(tenant, collection).change.discard(stored)
        return Response(status_code=204)

    async def list_requests(self, request: Request) -> Response:
        query = request.query_params
        found = request_log.requests_since(
            self.state,
            tenant=query["tenant"].lower() if query.get("tenant") else None,
            after=int(query.get("after") or 0),
            writes=query.get("writes") == "1",
        )
        return JSONResponse({"requests": found})

    async def list_faults(self, request: Request) -> Response:
        return JSONResponse({"rules": faults.rules(self.state)})

    async def set_faults(self, request: Request) -> Response:
        return JSONResponse({"rules": faults.set_rules(self.state, await _json(request))})

    async def clear_faults(self, request: Request) -> Response:
        faults.clear(self.state)
        return Response(status_code=204)

    async def list_approvals(self, request: Request) -> Response:
        tenant = request.path_params["tenant"].lower()
        operations = approvals.operations_of(self.state, tenant)
        filed = approvals.requests_of(self.state, tenant)
        return JSONResponse(
            {"approvals": [{**one, "operation": operations[one["id"]]} for one in filed]}
        )

    async def decide_approval(self, request: Request) -> Response:
        decision = await _json(request)
        status, answer = decision["status"], decision.get("approvalJustification", "")
        if status not in approvals.STATUSES:
            raise ValueError(f"an approval is one of {', '.join(approvals.STATUSES)}")
        tenant, code = request.path_params["tenant"].lower(), request.path_params["code"]
        if not approvals.decide(
            self.state, tenant=tenant, code=code, status=status, answer=str(answer)
        ):
            return _not_found("approval")
        return JSONResponse({"id": code, "status": status})

    def _target(self, request: Request) -> tuple[str, Collection, str]:
        rest = request.path_params["rest"].strip("/")
        path, _, key = rest.rpartition("/")
        if rest in COLLECTIONS:
            path, key = rest, ""
        return request.path_params["tenant"].lower(), COLLECTIONS[path], key

    def _seeding(self, tenant: str, collection: Collection) -> Seeding:
        change = Change(
            state=self.state, tenant=tenant, collection=collection, version="beta", at=now()
        )
        return Seeding(change)


async def _json(request: Request) -> Json:
    return read_object(await request.body())


def _tenant_document(given: Json, before: Json) -> Json:
    """Secrets are kept as digests; `revokeTokens` makes every token so far worthless."""
    document = {**before, **{key: given[key] for key in _OPTIONS if key in given}}
    if "behaviours" in given:
        document["behaviours"] = checked_behaviours(given["behaviours"])
    if "knows" in given:
        document["knows"] = checked_kinds(given["knows"])
    if "clients" in given:
        document["clients"] = [_client(client) for client in given["clients"]]
    if given.get("revokeTokens"):
        document["tokenRevision"] = document.get("tokenRevision", 0) + 1
    return document


def _client(given: Json) -> Json:
    kept: Json = {"client_id": given["client_id"], "roles": list(given.get("roles", []))}
    kept |= {key: given[key] for key in ("certificate", "certificate_thumbprint") if key in given}
    if given.get("client_secret"):
        kept["secret_sha256"] = hashlib.sha256(given["client_secret"].encode()).hexdigest()
    return kept


def _dumped(stored: StoredObject) -> Json:
    return {"id": stored.id, **stored.body, "assignments": stored.assignments}
