"""`python -m tests.mutants` finds what in the pure core no test holds."""
