"""When to poll, how to ask, how to treat publishers: from catalog to fetched bytes."""
