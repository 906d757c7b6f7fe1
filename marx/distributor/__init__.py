"""The central service: a shell of gevent and ZeroMQ around the pure scheduler.

    router.receive() ─► distributor.py ─┬─ greeting.py  who may talk              scheduler.handle(event, now)
                                        ├─ taskers.py   submit, follow, cancel ─►   │
                                        ├─ asking.py    facts, log, pause, retry ─► │
                                        ├─ drivers.py   output, regions, the end ─► │ instructions
                                        ├─ workers.py   credit, outcomes ─────────► │
                                        └─ uploads.py   blobs                       ▼
    router.send()  ◄─ post.py ◄─ outbox.py (after the commit) ◄──────────────── perform.py

Beside the messages: timetable.py begins jobs whose time has come, looking.py looks around with every heartbeat,
courier.py sends mail.

It holds bytes, not objects: captured values, items and outcomes are opaque, and nothing here unpickles, parses or
imports anything of a program. What depends on a journal record leaves only after the record is committed.
"""

from __future__ import annotations

from marx.distributor.distributor import Distributor
from marx.distributor.serving import embedded, serve
from marx.distributor.settings import DistributorSettings

__all__ = ["Distributor", "DistributorSettings", "embedded", "serve"]
