"""Measurements: `make bench` reports figures beside yardsticks taken in the same run; `make chaos` kills things."""
