"""Calls from Python: an executor, a pool and a reduction whose functions run in sandboxes on a lab.

    executor.py ─► line.py ─► functions.py ─► session.py          on top: pool.py, mapreduce.py, joblib.py
    (any thread)   (its own    (which stream    (what is owed,
                    thread)     of which         what to say;
                                session)         pure)

A session is a job whose driver is the tasker itself: see D22 to D25 in marx/DESIGN.md.
"""
