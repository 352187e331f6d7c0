"""Every code of the simulated venue has a class, and the class is what the code's reason means for a repair."""

from cross_market_connect.domain.order import REJECT_CLASS_NAMES
from cross_market_connect.matching.orders import REASON_NAMES
from cross_market_connect.venues.fix_broker import rejects
from cross_market_connect.venues.simulated.codes import TEXTS

# By hand, from the repair ladder's own words; a reason that is not here is never a code of its own.
CLASS_OF_REASON = {
    "unknown_instrument": "unknown_symbol_or_permission",
    "market_closed": "market_closed",
    "halted": "market_closed",
    "price_out_of_limits": "price_out_of_limits",
    "price_off_step": "price_out_of_limits",
    "quantity_off_step": "size_out_of_limits",
    "quantity_above_maximum": "size_out_of_limits",
    "duplicate_client_id": "duplicate_id",
    "unknown_order": "other",
    "too_late_to_cancel": "other",
    "self_trade": "other",
    "too_many_orders": "throttled",
    "order_kind_not_supported": "unknown_symbol_or_permission",
    "busy": "busy_or_disconnected",
    "throttled": "throttled",
    "insufficient": "insufficient",
    "quota_exhausted": "quota_exhausted",
    "no_permission": "unknown_symbol_or_permission",
    "disconnected": "busy_or_disconnected",
    "not_fillable_in_full": "other",
    "close_of_day": "market_closed",
    "offset_mismatch": "offset_mismatch",
    "limit_locked": "limit_locked",
}


def test_every_code_of_the_simulated_venue_has_its_class() -> None:
    found = {}
    for name, text in zip(REASON_NAMES, TEXTS, strict=True):
        if text:
            code = rejects.venue_code(text)
            assert code and text.startswith(code), f"{text!r} has no row"
            found[name] = REJECT_CLASS_NAMES[rejects.order_reject_class(-1, code)]
    assert found == CLASS_OF_REASON


def test_a_code_stands_alone_at_the_beginning() -> None:
    assert rejects.venue_code(b"E0061") == b"E0061"
    assert rejects.venue_code(b"E0061 system busy") == b"E0061"
    for text in (b"", b" E0061", b"E00612 other", b"E0061: busy", b"busy E0061", b"E" * 100):
        assert rejects.venue_code(text) == b""


def test_each_kind_of_refusal_has_its_own_reasons() -> None:
    names = REJECT_CLASS_NAMES
    assert names[rejects.order_reject_class(6, b"")] == "duplicate_id"
    assert names[rejects.cancel_reject_class(6, b"")] == "duplicate_id"
    assert names[rejects.business_reject_class(6, b"")] == "unknown_symbol_or_permission"
    assert names[rejects.session_reject_class(6, b"")] == "unknown_symbol_or_permission"
    for of in (rejects.order_reject_class, rejects.cancel_reject_class, rejects.business_reject_class):
        assert names[of(-1, b"")] == "other"
        assert names[of(0, b"E0072")] == "quota_exhausted"
    assert names[rejects.session_reject_class(0, b"E0072")] == "quota_exhausted"
    assert rejects.code_class(b"") == 0


def test_unknown_order_by_reason_or_by_code() -> None:
    assert rejects.says_unknown_order(5, b"")
    assert rejects.says_unknown_order(-1, b"E0042")
    assert not rejects.says_unknown_order(-1, b"")
    assert not rejects.says_unknown_order(6, b"E0043")
