"""Scenarios on a real engine, with the real command line as a process of its own."""
