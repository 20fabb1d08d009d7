"""The process that runs inside the app's containers. Standard library only, Python 3.8 and later."""
