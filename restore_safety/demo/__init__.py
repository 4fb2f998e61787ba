"""The demo: made-up tenants on the emulator, the processes that serve them, and a walk through."""
