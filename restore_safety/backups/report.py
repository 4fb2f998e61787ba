"""A backup set described on a terminal: in lines for people, or as one JSON object."""

import json

from restore_safety.backups.summary import counted, counts_by_type, tally_of, unread_in
from restore_safety.models import BackupSet
from tenants.graph.contracts import SUBJECTS


def as_json(backup_set: BackupSet) -> str:
    return json.dumps(
        {
            "backup_set": str(backup_set.pk),
            "items": backup_set.item_count,
            "found": tally_of(backup_set).found,
            "unreadable": [
                {"name": entry.name, "reason": entry.reason} for entry in unread_in(backup_set)
            ],
            "digest": backup_set.digest,
            "by_type": counts_by_type(backup_set),
        },
        ensure_ascii=False,
    )


def refusal_as_json(reason: str) -> str:
    return json.dumps({"error": reason}, ensure_ascii=False)


def as_text(backup_set: BackupSet) -> str:
    tally = tally_of(backup_set)
    of_found = f" of {tally.found:,} found" if tally.missed else ""
    lines = [f"Kept {counted(tally.kept)}{of_found} as “{backup_set.label}”:"]
    counts = counts_by_type(backup_set)
    for label, contracts in SUBJECTS:
        held = [one for one in contracts if one.key in counts]
        lines += [f"         {label}"] if held else []
        lines += [f"{counts[one.key]:>7,}  {one.plural}" for one in held]
    if unread := unread_in(backup_set):
        lines.append(f"Left out, by name and reason ({len(unread):,}):")
        lines += [f"         {entry}" for entry in unread]
    lines.append(f"Backup set {backup_set.pk}")
    lines.append(f"Digest {backup_set.digest}")
    return "\n".join(lines)
