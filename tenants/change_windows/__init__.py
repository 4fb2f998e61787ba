"""Change windows of a tenant: when restores may write to it, and when nothing is written."""
