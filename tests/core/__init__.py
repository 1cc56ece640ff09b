"""Tests of what every other package relies on."""
