"""Tests of faults and hostile conditions: slow clients, broken surroundings."""
