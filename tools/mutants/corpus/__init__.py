"""The corpus that the Rust core replays: inputs, and what the reference makes of them; made by `make corpus`."""
