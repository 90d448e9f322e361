"""Slides and book: the lectures as pages that need neither Jupyter nor a network."""
