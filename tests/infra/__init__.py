"""Tests of the mechanisms that the features stand on."""
