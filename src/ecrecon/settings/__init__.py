"""What the user and the shipped data say: the workspace, the layouts of files."""
