"""A seller's shops on marketplaces: connections and the listings linked to them.

Owns connections and listings.
"""
