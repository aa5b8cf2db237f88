"""The ledger: double entry for each seller's money.

Owns the entries, their postings and the day up to which a seller's books are closed.
"""
