"""The command line: parse, call the pipeline, print, map errors to exit codes."""
