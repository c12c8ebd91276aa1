"""Simulated partners: which there are, and how they feel."""

from enum import StrEnum


class PartnerName(StrEnum):
    """Other systems that this server works with."""

    PTT_PRO = "pttpro"
    LICENSING = "licensing"
    EXTENSION_MANAGER = "exm"
    MAIL = "mail"


class Mood(StrEnum):
    """How a simulated partner behaves, so that people can rehearse outages."""

    WELL = "well"
    DOWN = "down"
    SLOW = "slow"
    WRONG = "wrong"
