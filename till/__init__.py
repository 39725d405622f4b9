"""A desktop cashier till that takes Vipps MobilePay."""
