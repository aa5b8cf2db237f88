"""E-invoices (hóa đơn điện tử): an order's invoice data handed to a provider, and what it became.

Owns each order's invoice with its buyer, number and state, a seller's terms with its provider, and
what providers reported.
"""
