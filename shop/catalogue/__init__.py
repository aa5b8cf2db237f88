"""What is sold: products, their packs and prices. Owns products and variants."""
