"""The JSON API: what scripts read and do in a person's name, through the same services as pages."""
