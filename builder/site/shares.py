"""What each group of metrics explains of a score's variance, with the names that pages have."""

from __future__ import annotations

from builder.results import ROLE_MEAN, Contribution
from builder.site.book import Book

OTHERWISE = 0.1
"""By how much an explained variance differs without outliers for that to be told at once."""


def named_shares(
    book: Book, found: Contribution | None, scheme: str, of: str = "explained_variance"
) -> list[tuple[str, float]]:
    """Group name and explained variance, the largest first."""
    if found is None:
        return []
    pairs = [(book.node_name(group), share) for group, share in shares(found, scheme, of).items()]
    return sorted(pairs, key=lambda pair: -pair[1])


def shares(contribution: Contribution, scheme: str, of: str = "explained_variance") -> dict[str, float]:
    """Group -> share of the variance that it explains under a scheme; `of` is a column of `explained`."""
    rows = contribution.explained[contribution.explained["scheme"] == scheme]
    return dict(zip(rows["group"], rows[of].astype(float), strict=True))


def n_outliers(found: Contribution | None) -> int:
    """Models far from the others in some group, which the robust shares of the mean of groups leave out."""
    if found is None:
        return 0
    rows = found.explained[found.explained["scheme"] == ROLE_MEAN]
    return int(rows["n_outliers"].iloc[0]) if len(rows) else 0


def shares_without_outliers(book: Book, found: Contribution | None) -> list[tuple[str, float]]:
    """What each group explains without outliers, where that is `OTHERWISE` more or less of some group."""
    if found is None or not n_outliers(found):
        return []
    whole = shares(found, ROLE_MEAN)
    without = shares(found, ROLE_MEAN, "explained_variance_robust")
    if not any(abs(whole[group] - share) >= OTHERWISE for group, share in without.items()):
        return []
    return sorted(
        ((book.node_name(group), share) for group, share in without.items()), key=lambda pair: -pair[1]
    )


def shares_of_ranking(book: Book, found: Contribution | None) -> list[tuple[str, float]]:
    """What each group explains of the values that the default view ranks by, where that is another score."""
    view = book.default_view
    if found is None or view is None or (view.selection, view.policy) != (found.selection, found.policy):
        return []
    pairs = named_shares(book, found, view.scheme, "explained_variance_of_ranking")
    return [] if pairs == named_shares(book, found, ROLE_MEAN) else pairs
