"""What is learnt: the tasks (registry.py), the recipes of their trainings (recipe.py)."""
