"""Configuration of a device-provisioning server as code."""
