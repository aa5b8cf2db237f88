"""Bank feeds: services that tell an account's movements by webhook, one module each.

Owns nothing: text in, facts out, no database.
"""
