"""Provenance: lots, their events, stamps with a QR code, and the page a buyer sees on scanning."""
