"""Bank lines met with orders (đối soát): feeds, statements, settlements, the end of the day."""
