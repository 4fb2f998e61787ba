"""The restore wizard: backup, scope, checks, preview, confirm."""
