"""Portals without an API, worked by hand: templates and files for them, what is to be done there,
their orders and lists brought back."""
