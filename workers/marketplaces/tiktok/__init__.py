"""TikTok Shop's Open API, 202309 and later."""
