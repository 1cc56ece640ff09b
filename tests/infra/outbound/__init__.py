"""Tests of the way out: addresses, names, dialling, and services that mean no good."""
