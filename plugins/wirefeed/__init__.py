"""Wirefeed: polls news feeds, tags what concerns Central Asia's security, indexes it and alerts by mail."""

__version__ = "0.1.0"
