"""Draws the Mandelbrot set into mandelbrot.ppm, one row of pixels after the other."""

WIDTH, HEIGHT = 720, 480
LIMIT = 200


def escape_time(c):
    z = 0j
    for step in range(LIMIT):
        if z.real * z.real + z.imag * z.imag > 4.0:
            return step
        z = z * z + c
    return LIMIT


def colour(step):
    if step == LIMIT:
        return (0, 0, 0)
    shade = step / LIMIT
    return (int(255 * shade**0.25), int(255 * shade**0.5), int(255 * (1 - shade) * 0.6))


def draw_row(y):
    row = bytearray()
    for x in range(WIDTH):
        c = complex(-2.2 + 3.2 * x / WIDTH, -1.1 + 2.2 * y / HEIGHT)
        row.extend(colour(escape_time(c)))
    return row


picture = bytearray()
for y in range(HEIGHT):
    picture += draw_row(y)

with open("mandelbrot.ppm", "wb") as file:
    file.write(b"P6 %d %d 255\n" % (WIDTH, HEIGHT))
    file.write(picture)

inside = sum(picture[i : i + 3] == b"\0\0\0" for i in range(0, len(picture), 3))
print(f"mandelbrot.ppm: {WIDTH} x {HEIGHT}, {inside} pixels inside")
