"""The features, each a folder. Imports go left only:

files email ‹ accounts ‹ notifications jobs ‹ sessions ‹ rooms ‹ assets ‹ styles ‹ renders ‹ health
"""
