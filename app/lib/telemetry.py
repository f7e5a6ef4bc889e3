"""Where errors nobody handled are reported: nowhere, until a process installs a reporter at its start."""

from collections.abc import Callable

_reporters: list[Callable[[BaseException], object]] = []


def report_to(reporter: Callable[[BaseException], object]) -> None:
    """Send every captured error to a reporter from now on."""
    _reporters.append(reporter)


def capture(error: BaseException) -> None:
    """Report an error that is a bug."""
    for reporter in _reporters:
        reporter(error)
