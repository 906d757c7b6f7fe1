"""A grid is smoothed in place through a second name: each row needs the row above as this very pass has left it."""

HEIGHT, WIDTH = 300, 400
grid = [[(i * 31 + j * 17 + i * j) % 256 for j in range(WIDTH)] for i in range(HEIGHT)]
result = grid

for _ in range(3):
    for i in range(1, HEIGHT - 1):
        for j in range(1, WIDTH - 1):
            around = grid[i - 1][j] + grid[i + 1][j] + grid[i][j - 1] + grid[i][j + 1]
            result[i][j] = (around + 4 * grid[i][j]) // 8

print(sum(map(sum, result)), result is grid)
print(result[1][:12], result[HEIGHT // 2][WIDTH // 2 : WIDTH // 2 + 12])
