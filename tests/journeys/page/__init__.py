"""How tests drive the page: a real Chromium, a visitor's steps in words, and what axe has to say."""
