"""What a task of an executor appends to is the process's own list."""
from concurrent.futures import ProcessPoolExecutor
DATA = []
def put(v): DATA.append(v)
if __name__ == '__main__':
    with ProcessPoolExecutor(1) as p:
        p.submit(put, 3).result()
    print(DATA)
