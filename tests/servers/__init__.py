"""Real servers for tests: PostgreSQL, a Redis-protocol store, Chromium and Latchkey itself.

Owns how each is started, shared and stopped, and the guard that keeps tests off the network.
Knows nothing about what a test does with them.
"""
