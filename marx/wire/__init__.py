"""Messages between distributor, workers and taskers: their shapes, limits and bytes. Pure: no socket, no clock."""
