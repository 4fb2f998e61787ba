"""Backups: taking policies in from a tenant or from files, and keeping them unchanged."""
