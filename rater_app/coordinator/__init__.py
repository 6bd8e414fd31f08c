"""The coordinator's side, unblinded: manifest, prepare, unblinding key, export."""
