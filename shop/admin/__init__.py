"""Reviewers' queue: sellers and products before they are public."""
