"""Starts an emulator and works its controls: for tests, the demo and benchmarks."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

type Json = dict[str, Any]

_STOP_SECONDS = 10


class EmulatorStartError(RuntimeError):
    """The process ended or spoke nonsense before it listened."""


class EmulatorControl:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.base_url}/_emulator",
            timeout=30,
            trust_env=False,
            verify=self.base_url.startswith("https:"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def seed_tenant(self, tenant: str, document: Json) -> None:
        """Creates the tenant, or replaces it with all it holds."""
        self._ask("PUT", f"tenants/{tenant}", document)

    def change_tenant(self, tenant: str, changes: Json) -> None:
        """displayName, pageSize, tokenLifetimeSeconds, clients, revokeTokens; objects stay."""
        self._ask("PATCH", f"tenants/{tenant}", changes)

    def dump_tenant(self, tenant: str) -> Json:
        return self._ask("GET", f"tenants/{tenant}")

    def delete_tenant(self, tenant: str) -> None:
        self._ask("DELETE", f"tenants/{tenant}")

    def add_object(self, tenant: str, collection: str, body: Json) -> Json:
        return self._ask("POST", f"tenants/{tenant}/objects/{collection}", body)

    def change_object(self, tenant: str, collection: str, key: str, changes: Json) -> Json:
        return self._ask("PATCH", f"tenants/{tenant}/objects/{collection}/{key}", changes)

    def remove_object(self, tenant: str, collection: str, key: str) -> None:
        self._ask("DELETE", f"tenants/{tenant}/objects/{collection}/{key}")

    def requests(
        self, tenant: str | None = None, *, after: int = 0, writes: bool = False
    ) -> list[Json]:
        """All of the log after a request, oldest first; the emulator answers so many at once."""
        found: list[Json] = []
        params = {"tenant": tenant or "", "after": str(after), "writes": "1" if writes else ""}
        while page := self._ask("GET", "requests", params=params)["requests"]:
            found += page
            params["after"] = str(page[-1]["seq"])
        return found

    def set_faults(self, rules: list[Json], *, seed: int = 0) -> None:
        self._ask("PUT", "faults", {"seed": seed, "rules": rules})

    def faults(self) -> list[Json]:
        """The rules in force, each with how often it matched and fired."""
        found: list[Json] = self._ask("GET", "faults")["rules"]
        return found

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults")

    def approvals(self, tenant: str) -> list[Json]:
        found: list[Json] = self._ask("GET", f"tenants/{tenant}/approvals")["approvals"]
        return found

    def decide(self, tenant: str, code: str, status: str, *, answer: str = "") -> None:
        """Give a filed request its status, and the words its approver gives with it."""
        decision = {"status": status, "approvalJustification": answer}
        self._ask("PUT", f"tenants/{tenant}/approvals/{code}", decision)

    def approve(self, tenant: str, code: str) -> None:
        self.decide(tenant, code, "approved")

    def reject(self, tenant: str, code: str, *, answer: str = "") -> None:
        self.decide(tenant, code, "rejected", answer=answer)

    def cancel_request(self, tenant: str, code: str) -> None:
        self.decide(tenant, code, "cancelled")

    def expire(self, tenant: str, code: str) -> None:
        self.decide(tenant, code, "expired")

    def _ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        params: dict[str, str] | None = None,
    ) -> Json:
        answer = self._http.request(method, path, json=body, params=params)
        answer.raise_for_status()
        document: Json = answer.json() if answer.content else {}
        return document


@dataclass(frozen=True, slots=True)
class EmulatorProcess:
    url: str
    process: subprocess.Popen[str]

    @property
    def control(self) -> EmulatorControl:
        return EmulatorControl(self.url)

    def stop(self) -> None:
        """Asks it to end, and makes it end."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(_STOP_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()


def start_emulator(state: Path, port: int = 0) -> EmulatorProcess:
    """Returns once the emulator listens; the caller stops it."""
    process = subprocess.Popen(  # noqa: S603 -- this interpreter, with this package
        [
            sys.executable,
            "-m",
            "tenants.emulator",
            "--port",
            str(port),
            "--state",
            str(state),
        ],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline() if process.stdout else ""
    _, found, url = line.strip().partition("listening on ")
    if not found:
        process.kill()
        raise EmulatorStartError(f"the emulator did not start on port {port}")
    return EmulatorProcess(url=url, process=process)
