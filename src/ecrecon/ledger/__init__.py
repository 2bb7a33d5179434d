"""Check `bill`: whose file it is, which days it covers, what is given twice; a bill with itself."""
