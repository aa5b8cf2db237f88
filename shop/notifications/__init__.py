"""Telling people: one message, any medium. Owns nothing; mail leaves through `outlets`."""
