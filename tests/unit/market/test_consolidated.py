"""Direct and implied levels as one book: the exchange's own example, and sums by hand over random books."""

import random

from cross_market_connect.domain.book import Book, BookSide
from cross_market_connect.market.consolidated import consolidate

Levels = list[tuple[int, int]]


def written(levels: Levels, side: BookSide) -> None:
    side.clear()
    for at, (price, quantity) in enumerate(levels):
        side.set_level(at, price, quantity)


def read(side: BookSide) -> Levels:
    return [(int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(int(side.depth))]


def merged(direct: tuple[Levels, Levels], implied: tuple[Levels, Levels]) -> tuple[Levels, Levels]:
    books = [Book(0), Book(0), Book(0)]
    for book, (bids, asks) in zip(books, (direct, implied), strict=False):
        written(bids, book.bids)
        written(asks, book.asks)
    consolidate(*books)
    return read(books[2].bids), read(books[2].asks)


def test_the_example_of_the_exchange() -> None:
    """CME wiki, MDP 3.0 - Consolidating Implied and Multiple Depth Books; prices in hundredths."""
    direct = (
        [(942_700, 500), (942_650, 750), (942_600, 400), (942_550, 300), (942_500, 200)],
        [(942_800, 40), (942_850, 600), (942_900, 850), (942_950, 350), (943_050, 150)],
    )
    implied = ([(942_750, 100), (942_700, 200)], [(942_800, 40), (943_000, 100)])
    assert merged(direct, implied) == (
        [(942_750, 100), (942_700, 700), (942_650, 750), (942_600, 400), (942_550, 300)],
        [(942_800, 80), (942_850, 600), (942_900, 850), (942_950, 350), (943_000, 100)],
    )


def test_one_of_them_alone_is_what_is_shown() -> None:
    assert merged(([(10, 1)], []), ([], [(12, 2)])) == ([(10, 1)], [(12, 2)])
    assert merged(([], []), ([], [])) == ([], [])


def test_random_books_have_the_sums_of_both_at_every_price() -> None:
    chance = random.Random(4)
    for _ in range(300):
        sides: list[tuple[Levels, Levels]] = []
        for most in (10, 2):
            bids = sorted(chance.sample(range(80, 100), chance.randint(0, most)), reverse=True)
            asks = sorted(chance.sample(range(100, 120), chance.randint(0, most)))
            sides.append(
                ([(price, chance.randint(1, 9)) for price in bids], [(price, chance.randint(1, 9)) for price in asks])
            )
        result = merged(*sides)
        for side, sign in ((0, -1), (1, 1)):
            sums: dict[int, int] = {}
            for price, quantity in sides[0][side] + sides[1][side]:
                sums[price] = sums.get(price, 0) + quantity
            depth = max(len(sides[0][side]), len(sides[1][side]))
            assert result[side] == sorted(sums.items(), key=lambda level: sign * level[0])[:depth]
