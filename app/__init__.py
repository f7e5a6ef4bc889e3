"""The renovation planner: a homeowner's photo in, a picture, a plan and a report out."""
