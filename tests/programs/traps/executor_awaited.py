"""An event loop asks for nothing; it waits to be told."""
import asyncio
from concurrent.futures import ProcessPoolExecutor
def work(x): return x * x
async def main():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2) as ex:
        print(await asyncio.gather(*[loop.run_in_executor(ex, work, i) for i in range(6)]))
if __name__ == "__main__": asyncio.run(main())
