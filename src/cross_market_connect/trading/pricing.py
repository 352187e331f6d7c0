"""Limit prices of execution: from the book, with payup, inside the venue's bands, on a valid step; and in how many
orders a quantity goes out."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_PRICE, checked_multiply
from cross_market_connect.domain.order import BUY


def orders_needed(instrument: Instrument, lots: i64) -> i64:
    """How many orders a quantity takes at the venue's largest order."""
    most = instrument.quantity_max_lots - instrument.quantity_max_lots % instrument.quantity_step_lots
    return (lots + most - 1) // most if most > 0 else 0


def sweep_price(book: Book, side: i64, quantity_lots: i64) -> i64:
    """Worst price that an order of `side` reaches when it takes `quantity_lots` from the visible depth.

    NO_PRICE when the depth does not hold the quantity.
    """
    levels = book.opposite(side)
    left: i64 = quantity_lots
    level: i64 = 0
    while level < levels.depth:
        left -= levels.quantity_lots[level]
        if left <= 0:
            return levels.price_ticks[level]
        level += 1
    return NO_PRICE


def deepest_price(book: Book, side: i64) -> i64:
    """The worst visible price for an order of `side`; the best own one for an empty opposite side; else NO_PRICE."""
    levels = book.opposite(side)
    if levels.depth > 0:
        return levels.price_ticks[levels.depth - 1]
    return book.best_bid() if side == BUY else book.best_ask()


def sweep_cost(book: Book, side: i64, quantity_lots: i64) -> i64:
    """Sum of price_ticks * lots over the swept levels; the depth must hold the quantity (see `sweep_price`)."""
    levels = book.opposite(side)
    left: i64 = quantity_lots
    total: i64 = 0
    level: i64 = 0
    while level < levels.depth and left > 0:
        taken = levels.quantity_lots[level]
        if taken > left:
            taken = left
        total += taken * levels.price_ticks[level]
        left -= taken
        level += 1
    return total


def book_is_locked(instrument: Instrument, book: Book, side: i64) -> bool:
    """Whether everybody stands on one side at the day's limit: an order of `side` has no counterparty at any price."""
    if book.state != BOOK_LIVE:
        return False
    if side == BUY:
        return book.asks.depth == 0 and book.bids.depth > 0 and book.best_bid() >= instrument.limit_high_ticks
    return book.bids.depth == 0 and book.asks.depth > 0 and book.best_ask() <= instrument.limit_low_ticks


def depth_lots(book: Book, side: i64) -> i64:
    """Visible lots that an order of `side` could take."""
    levels = book.opposite(side)
    total: i64 = 0
    level: i64 = 0
    while level < levels.depth:
        total += levels.quantity_lots[level]
        level += 1
    return total


def sendable_lots(instrument: Instrument, lots: i64) -> i64:
    """The part of the quantity that can be sent, in one order or several: whole steps, or 0 below the venue's smallest
    order."""
    if lots < instrument.quantity_min_lots or lots <= 0:
        return 0
    return lots - lots % instrument.quantity_step_lots


def clip_price(instrument: Instrument, side: i64, price_ticks: i64) -> i64:
    """The price inside the day's limits and on a valid step, rounded toward the passive side."""
    price = price_ticks
    if price < instrument.limit_low_ticks:
        price = instrument.limit_low_ticks
    if price > instrument.limit_high_ticks:
        price = instrument.limit_high_ticks
    step = instrument.step_ticks(price)
    if step > 1 and price % step != 0:
        below = price - price % step
        price = below if side == BUY or below + step > instrument.limit_high_ticks else below + step
    return price if price >= instrument.limit_low_ticks else price + step


def clip_to_band(instrument: Instrument, book: Book, side: i64, price_ticks: i64) -> i64:
    """The price inside the day's limits and no further through the best opposite price than the venue's band allows.

    The best own price stands for an empty opposite side; a book that is not live bounds nothing.
    """
    price = clip_price(instrument, side, price_ticks)
    if (instrument.band_e6 == 0 and instrument.band_steps == 0) or book.state != BOOK_LIVE:
        return price
    reference = book.best_ask() if side == BUY else book.best_bid()
    if reference == NO_PRICE:
        reference = book.best_bid() if side == BUY else book.best_ask()
    if reference == NO_PRICE:
        return price
    width = checked_multiply(reference, instrument.band_e6) // 1_000_000
    steps = instrument.band_steps * instrument.step_ticks(reference)
    worst = reference + side * (steps if steps > width else width)
    return clip_price(instrument, side, worst) if side * price > side * worst else price


def aggressive_price(
    instrument: Instrument, book: Book, side: i64, from_ticks: i64, payup_ticks: i64, slippage_ticks_max: i64
) -> i64:
    """Limit for a chase or an unwind: through the best opposite price by `payup_ticks`, never further than allowed.

    Args:
        from_ticks: the price that slippage is measured from (first limit, or fill price for an unwind).
    """
    best = book.best_ask() if side == BUY else book.best_bid()
    start = from_ticks
    if book.state == BOOK_LIVE and best != NO_PRICE:
        start = best
    price = start + side * payup_ticks
    worst = from_ticks + side * slippage_ticks_max
    if side * price > side * worst:
        price = worst
    return clip_to_band(instrument, book, side, price)
