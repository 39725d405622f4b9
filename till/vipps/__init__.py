"""The Vipps MobilePay client, a library of its own; `wallet.py` alone knows the engine and fits the client to its port."""
