"""Check `payout`: did every withdrawal reach the bank?"""
