"""Portals without an API, worked by hand: files for them, what to do there, their orders."""
