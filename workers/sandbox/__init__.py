"""The other side: a marketplace and a bank to try against, written from their documents alone.

Imports nothing of ours, so that it cannot share our mistakes. Nothing here is a real market.
"""
