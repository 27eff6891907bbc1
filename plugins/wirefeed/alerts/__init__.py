"""From matches to mail: decide (pure), outbox, render, channels."""
