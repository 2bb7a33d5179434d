"""Check `tieout`: does the settlement detail explain the movements of the account, batch by batch?"""
