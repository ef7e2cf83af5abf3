"""What is sold and who may do what: typed data that every layer may read."""
