"""The pages of signing: the form, the questions about the district, the thanks."""
