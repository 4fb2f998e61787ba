"""The pure core: what is known about a restore, what it proves, and what to do next."""
