"""Tests of running the product: the server process, its address and its stop."""
