"""What documents take from the code: tables of rows and closed sets, and contracts."""
