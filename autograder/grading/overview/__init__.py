"""The class overview: what a graded class got right and wrong, as a page and as a notebook, for the instructor."""
