"""The guide: what its pages say is what the product does."""
