"""Photos and documents: what is uploaded, checked, derived and served."""
