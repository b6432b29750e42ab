"""The way through signing: the form, the questions where somebody lives, the thanks."""
