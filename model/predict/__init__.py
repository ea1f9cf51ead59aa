"""Tables in, tables with predictions out."""
