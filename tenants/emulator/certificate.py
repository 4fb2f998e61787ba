"""The emulator's own certificate, for clients that insist on https: for this host only."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """What clients trust, and what the server shows them together with its key."""

    authority: Path
    server: Path


def certificate_beside(state_file: Path) -> CertificateFiles:
    """The certificate next to the state, made where there is none."""
    files = CertificateFiles(
        authority=state_file.with_name(f"{state_file.name}.certificate.pem").resolve(),
        server=state_file.with_name(f"{state_file.name}.server.pem").resolve(),
    )
    if not (files.authority.exists() and files.server.exists()):
        _make(files)
    return files


def _make(files: CertificateFiles) -> None:
    files.authority.parent.mkdir(parents=True, exist_ok=True)
    # The authority's key is never kept: it vouches for this server and for no later one.
    authority = trustme.CA(path_length=0, organization_name="Graph emulator")
    server = authority.issue_cert("localhost", "127.0.0.1", "::1")
    files.server.unlink(missing_ok=True)
    files.server.touch(mode=0o600)
    server.private_key_and_cert_chain_pem.write_to_path(files.server)
    authority.cert_pem.write_to_path(files.authority)
