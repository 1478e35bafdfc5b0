"""What a sheet may hold, told to its author: read from the models themselves, so that it cannot go stale."""
