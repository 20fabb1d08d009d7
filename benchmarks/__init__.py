"""What it costs, in figures; nothing here is asserted."""
