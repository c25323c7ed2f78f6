"""The boundary between Python and Rust as a document, made from the code: signatures, tables, nulls, error codes."""
