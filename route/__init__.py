"""The way: planned lines, progress on them, travel time and arrival.  Pure."""
