"""Engines: each looks for a run that breaks a claim, or for the end of all runs."""
