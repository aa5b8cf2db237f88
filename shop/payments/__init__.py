"""Cashless payment: VietQR, bank feeds, gateways, refunds: what arrived and what goes back.

Owns payment requests, feed and gateway connections with what they told, and refunds.
"""
