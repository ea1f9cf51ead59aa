"""The surname dataset: its files, the builder that makes them, and scripts around them."""
