"""The risk checks: what could go wrong with a restore, found before anything is written."""
