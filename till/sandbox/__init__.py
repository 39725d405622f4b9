"""The simulated Vipps MobilePay: an island that imports nothing of the till and that nothing of the till imports."""
