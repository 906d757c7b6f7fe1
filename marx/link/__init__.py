"""Sockets and keys, as every shell needs them: DEALER and ROUTER with CURVE, key files, the transfer of blobs."""
