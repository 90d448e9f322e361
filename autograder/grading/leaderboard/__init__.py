"""A page with the results of a class under pseudonyms, ranked by what the judge counted on hidden cases."""
