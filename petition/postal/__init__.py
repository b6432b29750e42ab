"""ZIP codes and states of the United States: their spellings, and tables of their locations."""
