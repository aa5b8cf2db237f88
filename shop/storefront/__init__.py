"""What a visitor sees: home, product pages. Owns no tables."""
