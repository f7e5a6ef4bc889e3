"""Mails: asked for in the transaction of what they tell, sent by a job, once however often that runs.

`EmailService.send` writes the row and orders `email.send`. Templates stand in `templates/`, each as `name.html` and
`name.txt`, filled by Jinja with escaping on. Only registered users have an address, so only they get mail.
"""
