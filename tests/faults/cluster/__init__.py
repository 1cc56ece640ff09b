"""Faults of two nodes behind nginx with PostgreSQL and a Redis-protocol store, made while a few people work."""
