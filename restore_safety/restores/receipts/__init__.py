"""Evidence receipts: one signed file per restore, and the verifier that needs nothing of ours."""
