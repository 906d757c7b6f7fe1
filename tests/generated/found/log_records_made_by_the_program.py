"""Log records are made by a function of the program, or handled by its own class of loggers, which the work looks at."""
import logging

records = []
ordinary = logging.getLogRecordFactory()


def make(*args, **named):
    records.append(args[4])
    return ordinary(*args, **named)


class Own(logging.Logger):
    def handle(self, record):
        records.append(record.msg)
        super().handle(record)


def work(i):
    return sum(range(i)) + len(records)


log = logging.getLogger("plain")
logging.setLogRecordFactory(make)
for i in range(9):
    v = work(i)
    logging.warning("a %d", v)
for i in range(9):
    v = work(i)
    log.warning("b %d", v)
logging.setLogRecordFactory(ordinary)
for i in range(9):
    v = work(i)
    log.warning("c %d", v)
logging.setLoggerClass(Own)
own = logging.getLogger("own")
for i in range(9):
    v = work(i)
    own.warning("d %d", v)
print(records)
