"""Loops after the program has set something that their items look at: settings, patched libraries, files in /tmp."""
import calendar
import collections.abc
import copyreg
import datetime
import json
import locale
import logging
import math
import os
import pickle
import string
import sys
import tempfile
import time
from decimal import Decimal, getcontext
from fractions import Fraction


def heavy(k):
    return sum(i ^ k for i in range(300))


class Own:
    pass


print([(heavy(k), isinstance(k, collections.abc.Sized), math.tau, str(Fraction(k, 3))) for k in range(12)])
os.environ["TZ"] = "Asia/Tokyo"
time.tzset()
print([(heavy(k), datetime.datetime.fromtimestamp(k * 1000).isoformat()) for k in range(12)])
print([(heavy(k), time.strftime("%H:%M", time.localtime(k))) for k in range(12)])
os.environ["SET_HERE"] = "yes"
print([(heavy(k), os.path.expandvars("$SET_HERE"), os.environ.get("SET_HERE")) for k in range(12)])
getcontext().prec = 40
print([(heavy(k), str(Decimal(1) / Decimal(k + 3))) for k in range(12)])
sys.setrecursionlimit(3210)
print([(heavy(k), sys.getrecursionlimit()) for k in range(12)])


def deep(k):
    return 0 if k == 0 else 1 + deep(k - 1)


def reach(k):
    try:
        return deep(k)
    except RecursionError:
        return -1


print([(heavy(k), reach(3050), reach(3300)) for k in range(12)])
sys.setrecursionlimit(1000)
locale.setlocale(locale.LC_ALL, "C")
print([(heavy(k), locale.setlocale(locale.LC_ALL), f"{k * 1000:n}") for k in range(12)])
calendar.setfirstweekday(6)
print([(heavy(k), calendar.month(2020, k % 12 + 1)) for k in range(12)])
logging.getLogger("a").setLevel(33)
print([(heavy(k), logging.getLogger("a.b").getEffectiveLevel()) for k in range(12)])
folder = tempfile.mkdtemp()
with open(folder + "/flag", "w") as file:
    file.write("x")
print([(heavy(k), os.path.exists(folder + "/flag")) for k in range(12)])
try:
    import numpy
except ImportError:
    pass
else:
    numpy.set_printoptions(precision=2)
    print([(heavy(k), f"{numpy.ones(2) * k / 3}", repr(numpy.ones(2) / 7)) for k in range(12)])
collections.abc.Sized.register(int)
print([(heavy(k), isinstance(k, collections.abc.Sized)) for k in range(12)])
copyreg.pickle(complex, lambda number: (int, ("7",)))
print([(heavy(k), pickle.loads(pickle.dumps(complex(k)))) for k in range(12)])
string.ascii_letters = "abc"
print([(heavy(k), string.ascii_letters) for k in range(12)])
json.encoder.c_make_encoder = None
json.encoder.FLOAT_REPR = str
print([(heavy(k), json.dumps([k, 1 / (k + 1)])) for k in range(12)])
math.sqrt = lambda x: 7
print([(heavy(k), math.sqrt(k)) for k in range(12)])
Fraction.__str__ = lambda self: "F"
print([(heavy(k), str(Fraction(k, 3))) for k in range(12)])
os.remove(folder + "/flag")
os.rmdir(folder)
