"""Marketplaces: how to talk to each. Knows no database; a platform is a folder."""
