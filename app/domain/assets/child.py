"""What a process that decodes strangers' files may use."""

import resource
import sys
from pathlib import Path
from typing import Final

ADDRESS_SPACE: Final = 1024**3
"""Bytes a decoding child may add to what it starts with. 12 megapixels take 0.1 GB, 50 take 0.5, in WebP 0.9."""


def limit_child() -> None:
    """Limit this process before it opens anything: memory, and no core files with other people's photos in them."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return  # macOS refuses a limit on address space; there the caller's time limit stands alone
    inherited = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, ceiling = resource.getrlimit(resource.RLIMIT_AS)
    limit = inherited + ADDRESS_SPACE if ceiling == resource.RLIM_INFINITY else min(ceiling, inherited + ADDRESS_SPACE)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
