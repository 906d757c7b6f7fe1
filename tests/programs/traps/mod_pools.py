"""Process pools in a module, with functions of the module and of the script."""
import lib_pools


def square(n):
    return n * n


if __name__ == "__main__":
    print(*lib_pools.by_pool(12))
    print(*lib_pools.by_executor(9))
    with lib_pools.Pool(2) as pool:
        print(pool.map(square, range(9)))
