"""From names to answers: designs, properties and options become problems, verdicts become answers."""
