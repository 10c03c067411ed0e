"""What a call costs: prices, meters and ledger, pure and exact."""
