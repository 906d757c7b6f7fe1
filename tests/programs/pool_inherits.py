"""Tasks of pools find what the program has set before: environment, folder, settings of libraries, patched functions."""

import locale
import logging
import math
import os
import string
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool, current_process, parent_process


def busy(k):
    return sum(i ^ k for i in range(20_000))


def settings(k):
    mask = os.umask(0)
    os.umask(mask)
    removed = os.environ.get("HOME", "none")
    zone = time.tzname, time.strftime("%H", time.localtime(0))
    return busy(k), os.environ["SET_HERE"], removed, mask, zone, locale.setlocale(locale.LC_ALL), sys.path[-1]


def process(k):
    here = current_process()
    return busy(k), here.name.rstrip("0123456789"), here.daemon, parent_process().name


def level(k):
    return busy(k), logging.getLogger("a.b").getEffectiveLevel()


def patched(k):
    return busy(k), math.tau, string.ascii_letters


def plain(k):
    return busy(k) % 7


def main():
    os.environ["SET_HERE"] = "yes"
    os.environ.pop("HOME", None)
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    os.umask(0o27)
    locale.setlocale(locale.LC_ALL, "C")
    sys.path.append("/elsewhere")
    logging.getLogger("a").setLevel(33)
    with Pool(3) as pool:
        for call in (settings, process, level, plain):
            print(pool.map(call, range(8)))
    with ProcessPoolExecutor(3) as executor:
        print(list(executor.map(process, range(8))), list(executor.map(settings, range(8))))
    math.tau = 5
    string.ascii_letters = "abc"
    with Pool(3) as pool:
        print(pool.map(patched, range(8)))
    os.makedirs("below", exist_ok=True)
    os.chdir("below")
    with Pool(3) as pool:
        print(pool.map(where, range(8)))


def where(k):
    return busy(k), os.path.basename(os.getcwd())


if __name__ == "__main__":
    main()
