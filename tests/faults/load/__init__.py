"""A small crowd of people at work, a journal of what they asked and were told, and a judge of both.

Owns how a fault's figures are made: what counts as failed, lost, signed out, revived and recovered. Knows HTTP and the
tables it looks into afterwards; how a fault is made is its test's business.
"""
