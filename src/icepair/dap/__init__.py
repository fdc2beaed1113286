"""How bytes arrive: a verifying OPeNDAP client, its cache, and a small server."""
