"""The product's API as a script of its users calls it: over HTTP, and patient with outages."""

import time
from typing import Any

import httpx

type Json = dict[str, Any]

_PATIENCE_SECONDS = 120
_LOOK_SECONDS = 0.5
_SERVER_ERROR = 500


class RefusedError(RuntimeError):
    """The product refused a request; the message is its answer."""


class UnendedError(RuntimeError):
    """An operation did not end in time."""


class Api:
    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
        # An outage is answered with a sentence and a 503; a 500 is a defect.
        self.unexplained = 0
        self._http = httpx.Client(
            base_url=f"{url}/api/v1", headers=headers, timeout=60, trust_env=False
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **params: str | int) -> Json:
        """Read, and ask again for as long as an outage may last."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.get(path, params=params)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code < _SERVER_ERROR:
                return _read(answer)
            if answer is not None and answer.status_code == _SERVER_ERROR:
                self.unexplained += 1
            if time.monotonic() > deadline:
                raise RefusedError(f"{path} had no answer for {_PATIENCE_SECONDS} seconds")
            time.sleep(_LOOK_SECONDS)

    def send(self, method: str, path: str, body: Json | None = None) -> Json:
        return _read(self._http.request(method, path, json=body))

    def operation(self, operation_id: str) -> Json:
        return self.get(f"/operations/{operation_id}")

    def await_end(self, operation_id: str, seconds: float) -> Json:
        deadline = time.monotonic() + seconds
        while True:
            answer = self.operation(operation_id)
            if answer["status"] == "completed":
                return answer
            if time.monotonic() > deadline:
                raise UnendedError(f"operation {operation_id} is still {answer['status']}")
            time.sleep(_LOOK_SECONDS)

    def start_capture(self, slug: str) -> str:
        answer = self.send("POST", f"/tenants/{slug}/captures", {"label": "Torture"})
        return str(answer["id"])

    def backup_of(self, operation_id: str) -> str:
        return str(self.get("/backups", operation=operation_id)["items"][0]["id"])

    def open_draft(self, slug: str, backup: str) -> str:
        draft = str(self.send("POST", "/drafts", {"tenant": slug, "backup_set": backup})["id"])
        scope = {
            "mode": "all",
            "conflict_policy": "update",
            "assignment_mode": "replace",
            "include_foundations": True,
        }
        self.send("PATCH", f"/drafts/{draft}/scope", scope)
        return draft

    def start_evidence(self, draft: str, kind: str) -> str:
        return str(self.send("POST", f"/drafts/{draft}/{kind}")["operation_id"])

    def queue(self, draft: str, name: str) -> Json:
        """Confirm everything that is asked, and queue the restore."""
        offered = self.get(f"/drafts/{draft}/confirmation")
        confirmed = {
            "mode": "restore",
            "offer": offered["offer"],
            "typed_name": name,
            "reason": "Torture",
            "acknowledged": [one["key"] for one in offered["acknowledgements"]],
        }
        return self.send("POST", f"/drafts/{draft}/queue", confirmed)

    def items(self, restore: str) -> list[Json]:
        found: list[Json] = []
        while True:
            page = self.get(f"/restores/{restore}/items", limit=200, offset=len(found))
            found += page["items"]
            if len(found) >= page["count"] or not page["items"]:
                return found


def _read(answer: httpx.Response) -> Json:
    if answer.is_error:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise RefusedError(f"{asked}: {answer.status_code} {answer.text[:1000]}")
    document: Json = answer.json()
    return document
