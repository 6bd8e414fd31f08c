"""The demo study and how it was made: simulated gliomas on the MNI152 template."""
