"""The kit's tests; the folders mirror the packages."""
