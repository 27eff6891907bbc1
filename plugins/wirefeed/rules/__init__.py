"""The rule language: one grammar, one tree; percolation of new stories, lint, back-test."""
