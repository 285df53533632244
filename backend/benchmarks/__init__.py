"""What `make bench` runs: the real stack, and two floors beside it; no part of the product."""
