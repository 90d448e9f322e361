"""One module a topic: the exercises' cases, probes, measurements, parts and known mistakes. No answers."""
