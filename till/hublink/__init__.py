"""The shop's hub from the till's side, beside the wallet's client: what it tells of payments and check-ins, and the journal's copy there."""
