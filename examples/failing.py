"""Always fails, half-way: one of the measurements is broken, and the program does not expect that.

The lines before the broken one are printed, the ones after it are not; the traceback and the exit code are Python's.
"""


def measurements(number):
    """A made-up series of readings, the same in every run. Sensor 30 never delivered."""
    readings = []
    state = number
    for _ in range(0 if number == 30 else 250_000):
        state = (state * 1103515245 + 12345) % 2**31
        readings.append(state / 2**31)
    return readings


def spread(readings):
    mean = sum(readings) / len(readings)
    return (sum((reading - mean) ** 2 for reading in readings) / len(readings)) ** 0.5


for sensor in range(60):
    print(f"sensor {sensor:2d}: {spread(measurements(sensor)):.12f}")
