"""How verdicts and traces are told."""
