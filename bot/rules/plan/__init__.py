"""The plan of a run: decided, ordered, predicted and checked before anything is touched."""
