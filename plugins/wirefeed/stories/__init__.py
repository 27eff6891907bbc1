"""Entries into stories: what changed (versions), which are copies (clusters), full text, language."""
