"""The tenant's directory: read by a job, kept in rows, looked up by checks, mapping and search."""
