"""What is on disk: the journal of records and the blobs that they name. Knows no socket and no scheduler."""

BLOBS = "blobs"
"""The folder of whole blobs in a store's."""
