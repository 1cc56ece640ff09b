"""Signing in and out, on the page and at the API."""
