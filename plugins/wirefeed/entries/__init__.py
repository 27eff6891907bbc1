"""Bytes into entries: formats, encodings, dates, identity. Pure."""
