"""Views of events; they decide nothing."""
