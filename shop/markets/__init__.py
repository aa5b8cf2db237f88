"""Markets and cashless streets: their booths, payment plates, tills, and what traders take."""
