"""The tasker's side: what to send with a program, the conversation with a distributor, and the files that come back.

Nothing here prints or asks; the commands in `marx.cli` do.
"""
