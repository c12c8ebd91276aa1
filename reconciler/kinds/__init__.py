"""One module per kind of object, and the one table `KINDS`. Pure."""
