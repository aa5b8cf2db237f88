"""Sellers: cooperatives, cooperative groups, craft villages, households, enterprises.

Owns sellers and the bank accounts that receive their money.
"""
