"""Figures of areas for officials: reckoned from rows, small groups hidden, kept as sheets.

Owns sheets of figures (the nightly one and those frozen), sellers' consent to be seen, numbers that
others reported, and the terms of officials. It knows no room's tables: rooms offer figures by name.
"""
