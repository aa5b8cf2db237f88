"""What a way out may answer instead of taking a message."""


class NotTaken(Exception):
    """The gateway did not take it now: busy or broken. The job tries again."""


class TurnedDown(Exception):
    """The gateway will never take it: a wrong key, number or text. Trying again is no use."""
