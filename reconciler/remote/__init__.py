"""HTTP to the provisioning server: the only place that knows httpx."""
