"""What a comment means: words as data (lexicon), words in order (tokens), meaning (reading)."""
