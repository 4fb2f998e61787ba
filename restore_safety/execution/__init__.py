"""Carrying out a confirmed plan, and being able to say afterwards what happened."""
