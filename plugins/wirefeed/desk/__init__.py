"""The analyst's page: search, acknowledge, snooze, false positive, health."""
