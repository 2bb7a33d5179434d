"""What every room knows: money, texts, moments, the registries, the declared frames, and what is known of one file."""
