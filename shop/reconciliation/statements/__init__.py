"""Statements: files of a bank read as lines, whatever bank and format. Owns nothing."""
