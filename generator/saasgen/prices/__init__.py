"""What AWS charges per unit: dated price files as data, and the arithmetic of one price."""
