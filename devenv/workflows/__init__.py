"""What the commands do: one file a command, read top to bottom as a list of steps."""
