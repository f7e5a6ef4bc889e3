"""Every declared job. Importing this module is what makes a process know them."""

from app.domain.assets import jobs as assets
from app.domain.email import jobs as email
from app.domain.files import jobs as files
from app.domain.renders import jobs as renders

ALL = (assets, email, files, renders)
