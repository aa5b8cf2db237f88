"""Shopee Open Platform v2."""
