"""Where comments come from: one module a platform, and what people paste. No database here."""
