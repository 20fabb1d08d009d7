"""Why something did not start: one cause, its evidence, the next thing to try; pure."""
