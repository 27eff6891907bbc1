"""What `make demo`, `make run` and `make env` do. Not part of the package: a newcomer's first minutes, on this machine alone."""
