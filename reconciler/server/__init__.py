"""The bundled provisioning server; shares no code with the client, only the HTTP contract."""
