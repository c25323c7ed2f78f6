"""What a user writes: the configuration's model, its loading, instruments, and the record the implementations take."""
