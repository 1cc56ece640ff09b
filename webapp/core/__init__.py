"""What every other package may rely on: errors, the clock, opaque values, the names of events.

Owns words and small mechanisms; knows nothing of Flask, the database or any feature.
Stands on the standard library alone.
"""
