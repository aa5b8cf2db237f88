"""What somebody looked at when they answered.

A form carries the mark of what its page showed, and the answer is for that alone: when the row or
anything beside it has changed meanwhile, the marks differ.
"""

import hashlib
import json
from typing import Any


def mark(*facts: Any) -> str:
    """A short mark of `facts`: other facts, another mark. Anything that `str` tells apart."""
    plain = json.dumps(facts, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:24]
