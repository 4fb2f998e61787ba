"""`python -m bench.torture`: restores under faults and kills, judged by the tenant alone."""
