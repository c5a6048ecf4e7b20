"""The labs on offer: one folder each, with lab.yaml, starter/, solution/ and wrong/."""
