"""Bank lines met with orders (đối soát). Owns bank lines and their allocations to orders."""
