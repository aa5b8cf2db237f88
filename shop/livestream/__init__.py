"""Livestream selling: comments become claims. Owns broadcasts, pins, comments and claims."""
