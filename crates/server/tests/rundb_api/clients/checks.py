"""What the scripts of clients that page by themselves check alike."""


def all_of(query, total):
    """Every record of a query, as the client pages through it by itself."""
    found = list(query)
    ids = [each.id for each in found]
    assert len(ids) == len(set(ids)) == query.count() == total, (len(ids), query.count(), total)
    return found


def raises(error, ask):
    """Asks, and expects this error."""
    try:
        ask()
    except error as raised:
        return raised
    raise AssertionError(f"{error} was not raised")
