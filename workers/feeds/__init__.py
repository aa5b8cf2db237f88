"""Feeds: a seller's goods for Google Merchant and the Meta catalogue, at a secret address."""
