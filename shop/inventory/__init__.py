"""Stock, whatever the channel: what is on hand and what is promised.

Owns the append-only stock entries and the reservations.
"""
