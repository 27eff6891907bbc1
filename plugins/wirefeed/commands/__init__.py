"""The command line, one file a noun; wirefeed.cli puts them together."""
