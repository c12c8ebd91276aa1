"""Rules of the product: no HTTP, SQL, clock or randomness."""
