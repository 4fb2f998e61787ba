"""List the policy types the product knows, and how much of each a restore can put back."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tenants.graph import schema
from tenants.graph.contracts import CONTRACTS, Contract


class Command(BaseCommand):
    help = "List every policy type with its path, restorability and permissions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        entries = [_entry(one) for one in CONTRACTS.values()]
        if options["json"]:
            document = {"schema": list(schema.sources()), "contracts": entries}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            return
        for one in entries:
            self.stdout.write(f"{one['key']:<40} {one['restorability']:<14} {one['label']}")


def _entry(contract: Contract) -> dict[str, Any]:
    return {
        "key": contract.key,
        "label": contract.label,
        "version": contract.version,
        "path": contract.path,
        "declared_type": contract.declared_type,
        "types": sorted(schema.concrete_types(contract.declared) - contract.excluded_types),
        "restorability": contract.restorability.value,
        "reason": contract.restorability_reason,
        "not_restored": dict(contract.not_restored),
        "update": contract.update_method,
        "parts": [part.name for part in contract.parts],
        "assignments": contract.assignment_write.value,
        "order": contract.rank,
        "read_permission": contract.read_permission,
        "write_permission": contract.write_permission,
    }
