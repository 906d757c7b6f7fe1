"""The scheduler, as a table and a function: `Scheduler.handle(event, now_ms) -> [Instruction]`, `next_deadline_ms()`.

Pure: no clock, socket, file, thread or chance. It knows jobs, regions, item ranges, leases and workers by name and
number, and never the bytes that belong to them.
"""
