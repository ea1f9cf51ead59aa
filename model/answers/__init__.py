"""From probabilities and what the data have to a verdict, and what explains it."""
