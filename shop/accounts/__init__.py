"""Who people are and what they may do: sign-in, memberships, the one scoping fetch, audit.

Owns users, memberships and the audit trail.
"""
