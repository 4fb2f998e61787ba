"""Verify the audit trail from the command line: is it what was written, and where is it not."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from tenants.audit.extracts import Claim, ExtractUnreadableError, claims_in
from tenants.audit.guards import Guards
from tenants.audit.verification import SCHEMA, ChainReport, TrailReport, Verdict, verify
from tenants.management.database import one_line
from tenants.models import Workspace

_EXIT_CODES = {
    Verdict.INTACT: 0,
    Verdict.ALTERED: 1,
    Verdict.UNGUARDED: 1,
    Verdict.UNCHECKED: 2,
}


class Command(BaseCommand):
    help = (
        "Walk every chain of the audit trail and name the first record of each that was edited, "
        "removed, moved or added. Exit code 0: intact; 1: altered, or no longer guarded; "
        "2: could not be checked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="only the chain of this workspace")
        parser.add_argument(
            "--expect-head",
            action="append",
            default=[],
            metavar="HASH",
            help="a head noted earlier: it has to be in the trail still; may be given many times",
        )
        parser.add_argument(
            "--receipt",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="an evidence receipt: its events and its head have to be in the trail still, "
            "unchanged; may be given many times",
        )
        parser.add_argument("--json", action="store_true", help="the report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            claims = [claim for receipt in options["receipt"] for claim in claims_in(receipt)]
            expected = [*options["expect_head"], *(claim.hash for claim in claims)]
            report = verify(workspace=_workspace(options["workspace"]), expected=expected)
        except (DatabaseError, ExtractUnreadableError, NoWorkspaceError) as error:
            sentence = _sentence_of(error)
            if options["json"]:
                self.stdout.write(_dumped(_NOTHING, [], sentence))
            raise CommandError(sentence, returncode=_EXIT_CODES[Verdict.UNCHECKED]) from error
        written = _as_json if options["json"] else _as_text
        self.stdout.write(written(report, claims))
        if report.verdict is not Verdict.INTACT:
            raise CommandError(_SENTENCES[report.verdict], returncode=_EXIT_CODES[report.verdict])
        if any(not claim.fits for claim in claims):
            raise CommandError(_ALTERED_RECEIPT, returncode=_EXIT_CODES[Verdict.ALTERED])


class NoWorkspaceError(Exception):
    """The workspace that was asked about does not exist."""


_SENTENCES = {
    Verdict.INTACT: "The audit trail is intact.",
    Verdict.ALTERED: "The audit trail was altered.",
    Verdict.UNGUARDED: "Every record is as it was written, but the trail's guards are not.",
    Verdict.UNCHECKED: "The audit trail could not be checked to its end.",
}
_ALTERED_RECEIPT = "The audit trail is intact, but the receipt holds an event that was altered."
_NOTHING = TrailReport(chains=(), lost_heads=(), guards=Guards())


def _workspace(slug: str | None) -> Workspace | None:
    if slug is None:
        return None
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise NoWorkspaceError(f"There is no workspace with the slug {slug}.")
    return workspace


def _sentence_of(error: Exception) -> str:
    return one_line(error) if isinstance(error, DatabaseError) else str(error)


def _lost(report: TrailReport, claims: list[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.hash in report.lost_heads]


def _as_text(report: TrailReport, claims: list[Claim]) -> str:
    lines = [line for chain in report.chains for line in _lines_of(chain)]
    if not report.chains:
        lines.append("There is no chain, so there was nothing to check.")
    lines += [f"{due.subject} has no event {due.action}." for due in report.missing_events]
    claimed = {claim.hash for claim in claims}
    lines += [
        f"Expected head {head} is not in the trail: what led to it was removed or written anew."
        for head in report.lost_heads
        if head not in claimed
    ]
    lines += [
        f"{claim} is not in the trail as the receipt has it." for claim in _lost(report, claims)
    ]
    lines += [
        f"{claim} does not fit its own hash: the receipt was altered."
        for claim in claims
        if not claim.fits
    ]
    if claims and not _lost(report, claims):
        lines.append(f"All {len(claims)} entries the receipts name are in the trail, unchanged.")
    return "\n".join([*lines, *_lines_on(report.guards), _SENTENCES[report.verdict]])


def _lines_on(guards: Guards) -> list[str]:
    lines = []
    if guards.missing:
        lines.append(
            "The database no longer refuses changes by itself; these triggers are missing or off: "
            f"{', '.join(guards.missing)}."
        )
    if guards.altered:
        lines.append(
            "These triggers are not the ones that were set, so what they refuse is not known: "
            f"{', '.join(guards.altered)}."
        )
    return lines


def _lines_of(chain: ChainReport) -> list[str]:
    name = f"Workspace {chain.workspace}" if chain.workspace else chain.key.capitalize()
    if chain.finding:
        return [f"{name}: {chain.verdict}. {chain.finding.sentence}"]
    return [f"{name}: {chain.verdict}, {chain.checked} records, head {chain.head or 'none'}"]


def _as_json(report: TrailReport, claims: list[Claim]) -> str:
    return _dumped(report, claims, _SENTENCES[report.verdict])


def _dumped(report: TrailReport, claims: list[Claim], sentence: str) -> str:
    return json.dumps(
        {
            "schema": SCHEMA,
            "verdict": report.verdict,
            "sentence": sentence,
            "chains": [
                {
                    "chain": chain.key,
                    "workspace": chain.workspace,
                    "verdict": chain.verdict,
                    "records_checked": chain.checked,
                    "head": chain.head,
                    "fault": chain.finding.fault if chain.finding else None,
                    "record": chain.finding.sequence if chain.finding else None,
                    "sentence": chain.finding.sentence if chain.finding else "",
                }
                for chain in report.chains
            ],
            "missing_events": [
                {"action": due.action, "subject": due.subject} for due in report.missing_events
            ],
            "lost_heads": report.lost_heads,
            "missing_guards": report.guards.missing,
            "altered_guards": report.guards.altered,
            "receipt_entries": len(claims),
            "lost_receipt_entries": [str(claim) for claim in _lost(report, claims)],
            "altered_receipt_entries": [str(claim) for claim in claims if not claim.fits],
        },
        indent=2,
    )
