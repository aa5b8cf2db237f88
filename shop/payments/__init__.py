"""Cashless payment: VietQR codes, and the feeds through which banks tell what arrived.

Owns payment requests, feed connections and notices.
"""
