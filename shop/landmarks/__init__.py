"""Landmarks: relics, craft villages, growing areas, each with a page, a code, what is sold near."""
