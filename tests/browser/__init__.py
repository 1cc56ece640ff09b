"""The product in Chromium, as people use it."""
