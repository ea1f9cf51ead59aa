"""From rows and a recipe to a trained model: build, stages, loop, calibration, scores."""
