"""One file a format, each with its record `FORMAT`; those that begin with _ help them."""
