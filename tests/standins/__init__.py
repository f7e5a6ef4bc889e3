"""Vendors on loopback: each speaks its vendor's wire protocol, records what it was asked, misbehaves when told to."""
