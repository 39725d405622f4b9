"""The shop's or the chain's one small server: webhooks in, events out to the tills, the books, the sale log."""
