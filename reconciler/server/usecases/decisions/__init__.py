"""What becomes of each operation: pure of storage but for what the batch read beforehand."""
