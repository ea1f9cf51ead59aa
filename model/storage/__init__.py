"""A trained model on disk and on the Hub: its folder, config.json, card, figures and Space."""
