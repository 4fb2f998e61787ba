"""What the page of a receipt shows, and the verifier as people download it."""

from dataclasses import dataclass
from pathlib import Path

from restore_safety.models import RestoreRun
from restore_safety.restores.pages.results import result_of
from restore_safety.restores.receipts.anchors import Anchors, anchors_of
from restore_safety.restores.receipts.issuing import file_name_of, obstacle_to_issuing
from restore_safety.restores.receipts.signing import SigningKey, installation_key
from restore_safety.truth.attention import ResultAttention

VERIFIER_NAME = "verify_receipt.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """One restore's receipt: whether it can be issued, and with what it is verified."""

    run: RestoreRun
    result: ResultAttention
    key: SigningKey
    obstacle: str
    anchors: Anchors

    @property
    def about(self) -> tuple[tuple[str, object], ...]:
        return (
            ("What happened", self.result.headline),
            ("Result", self.result.attention),
            ("Queued", self.run.created_at),
            ("Ended", self.run.ended_at),
            ("Plan hash", self.run.plan_hash),
            *self._held_in_the_trail,
        )

    @property
    def _held_in_the_trail(self) -> tuple[tuple[str, str], ...]:
        if self.obstacle:
            return ()
        return (
            ("Confirmation in the trail", self.anchors.of_confirmation),
            ("Result in the trail", self.anchors.of_result),
        )

    @property
    def key_facts(self) -> tuple[tuple[str, str], ...]:
        return ("Fingerprint", self.key.fingerprint), ("Public key", self.key.public)

    @property
    def command(self) -> str:
        return f"python3 {VERIFIER_NAME} {file_name_of(self.run)} --key KEY_YOU_NOTED"


def receipt_page(run: RestoreRun) -> ReceiptPage:
    return ReceiptPage(
        run=run,
        result=result_of(run),
        key=installation_key(),
        obstacle=obstacle_to_issuing(run),
        anchors=anchors_of(run),
    )


def verifier_text() -> str:
    return Path(__file__).with_name(VERIFIER_NAME).read_text()
