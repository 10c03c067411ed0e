"""The scripts that come with Parley, as YAML."""
