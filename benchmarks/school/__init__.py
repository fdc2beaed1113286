"""Simulated radar scenes that the network of `icepair.ice.radar.network` is taught on."""
