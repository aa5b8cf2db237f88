"""What is sold: products, packs, prices, certificates. Owns all of them and their imports."""
