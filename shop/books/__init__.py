"""Books: what a seller's ledger shows as books, and vouchers that people write. Owns vouchers."""
