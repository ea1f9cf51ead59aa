"""The steps that turn published name lists into the surname dataset, one module a step."""
