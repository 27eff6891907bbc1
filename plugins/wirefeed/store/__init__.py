"""The database: source of truth for feeds, items, stories, matches, alerts, outbox and audit. The index is derived from it."""
