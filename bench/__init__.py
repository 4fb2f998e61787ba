"""How cost grows with size: ratios within one run, so that the machine's speed does not matter."""
