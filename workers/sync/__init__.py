"""Pushing changes out: lanes of what each listing still has to tell its marketplace.

Owns the lanes.
"""
