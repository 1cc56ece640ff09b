"""Faults of one node, made while a few people work: locks, a full disk, jumps of the clock, slow clients, mail."""
