"""Limits and choices that both ends of a conversation keep: declared here once, so that no end drifts from the other.

Those of a message's bytes stand with the messages.
"""

from __future__ import annotations

NAME_LENGTH_MAX = 128
"""Characters of a job's name, a ticket, a tag or a region's key."""
PRIORITY_MAX = 10
"""Priorities lie between this and its negative."""
ASTRAY_MAX = 100
"""Files written outside of the working folder that a job's end names."""
ASTRAY_LENGTH_MAX = 300
"""Characters of such a name: a person reads it, and nothing is opened by it."""
SLOTS_MAX = 1_024
"""Chunks that one worker may run at a time, and drivers beside them. A distributor's settings may allow fewer."""
MAIL_TYPES = ("end", "fail", "begin", "late")
"""What mail may be asked for, in the order in which a submission names it."""
INLINE_TOTAL_BYTES_MAX = 4 << 20
"""What small contents may together add to one message; the limit of a batch is 16 MiB, and what goes to the
distributor is often passed on whole."""
