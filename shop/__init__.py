"""The shop: sellers, listings, stock, orders, money, and the tools they stand on."""
