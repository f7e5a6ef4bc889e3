"""Each fault once more, in a copy of the tree that lacks what protects against it: there it must fail."""


async def without_guards(wanted: list[str], seed: int) -> bool:
    return False
