"""The command line: parse, call one workflow, render. The only room that prints, exits and catches."""
