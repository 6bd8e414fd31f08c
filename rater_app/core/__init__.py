"""Pure and blinded: what a reader study is, without files, frameworks or model names."""
