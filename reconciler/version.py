"""The version of pvm, a constant so that `pvm --version` reads nothing else."""

__version__ = "0.1.0"
