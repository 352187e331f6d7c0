"""Choices: the same from the same seed, the same again from their record, and simpler from a simpler record."""

from collections import Counter

from cross_market_connect.simulation.choices import Choice, Choices


def some(choices: Choices) -> list[int]:
    """A plan in small: how many things, and what each of them is."""
    count = choices.draw(5, "count")
    return [choices.draw(10, "kind") + choices.between(20, 90, "size") for _ in range(count)]


def test_one_seed_is_one_list_of_choices_and_the_record_repeats_it_whatever_the_seed() -> None:
    first = Choices(7)
    plan = some(first)
    assert some(Choices(7)) == plan
    again = Choices(99, first.made)
    assert some(again) == plan and again.made == first.made
    assert any(some(Choices(seed)) != plan for seed in range(8, 20))


def test_beyond_the_record_and_for_what_it_never_held_everything_is_tame() -> None:
    choices = Choices(7, [Choice("count", 5, 2), Choice("size", 71, 70)])
    assert some(choices) == [90, 20]
    assert choices.actions() == 2


def test_values_are_given_out_by_label_so_a_removed_entry_moves_no_other_label() -> None:
    record = [Choice("count", 5, 2), Choice("kind", 10, 3), Choice("size", 71, 5), Choice("kind", 10, 4)]
    assert some(Choices(1, record)) == [28, 24]
    assert some(Choices(1, [choice for choice in record if choice.value != 3])) == [29, 20]


def test_a_recorded_value_beyond_a_smaller_bound_is_the_last_option() -> None:
    assert Choices(1, [Choice("count", 50, 49)]).draw(5, "count") == 4


def test_weights_decide_how_often_and_a_weight_of_zero_is_never() -> None:
    choices = Choices(3)
    taken = Counter(choices.weighted((70, 0, 30), "kind") for _ in range(2_000))
    assert taken[1] == 0
    # Binomial(2000, 0.3): mean 600, standard deviation 20.5; five of them.
    assert 500 < taken[2] < 700
    assert Choices(0, choices.made).weighted((70, 0, 30), "kind") == choices.made[0].value


def test_something_special_happens_as_often_as_asked() -> None:
    choices = Choices(4)
    assert not any(choices.happens(0, "never") for _ in range(100))
    assert all(choices.happens(100, "always") for _ in range(100))
    assert choices.draw(1, "no choice") == 0 and choices.made[-1] == Choice("no choice", 1, 0)


def test_a_branch_shifts_no_draw_of_the_trunk_and_is_written_down_with_it() -> None:
    plain, branched = Choices(7), Choices(7)
    branch = branched.branch(1)
    drawn = [(branched.draw(1_000, "trunk"), branch.draw(1_000, "branch")) for _ in range(20)]
    assert [value for value, _ in drawn] == [plain.draw(1_000, "trunk") for _ in range(20)]
    again = Choices(0, branched.made)
    assert [(again.draw(1_000, "trunk"), again.branch(1).draw(1_000, "branch")) for _ in range(20)] == drawn
