"""Runs one attempt of a stranger's program in isolation. Stands alone: it knows nothing of Marx.

    jail = sandbox.start(JailSpec(entry="package.module:main", ...))     a fresh interpreter behind all fences, idle ("zygote")
    jail.load(Load(...))                                                  files, environment; forks the runner, which calls entry
    jail.send(body); jail.receive()                                       frames to and from the entry's Channel
    outcome = jail.wait()                                                 how it ended, with the files it left
    jail.kill()                                                           SIGKILL for everything in it
"""
