"""Expected values are read line by line; a call without a literal has none."""

from services.synth.questions.labels import call_in, label_test, labels_of, majority


def test_values_stand_after_the_last_arrow_of_the_numbered_line():
    reply = (
        "1. add(1, 2): 1 + 2 => 3\n2. f(x) -> x => `'a'`.\nSome prose => 9\n4) => [1, 2]\n5. => ?\n9. => 1"
    )
    assert labels_of(reply, 5) == ["3", "'a'", None, "[1, 2]", None]


def test_a_line_without_an_arrow_has_no_value_and_the_first_value_counts():
    assert labels_of("1. add(1, 2) is 3\n1. => 3\n1. => 4", 1) == ["3"]


def test_equal_values_in_other_spellings_are_one_vote():
    assert labels_of('1. => "a"', 1) == labels_of("1. => 'a'", 1)


def test_more_than_half_of_the_votes_decide():
    assert majority([["1", "a"], ["1", "b"], ["2", None]]) == ["1", None]
    assert majority([[None], [None], ["1"]]) == [None]


def test_calls_are_taken_from_items_and_asserts():
    assert call_in("f( 1 )", "f") == "f(1)"
    assert call_in("assert sorted(f(1)) == [2]", "f") == "f(1)"
    assert call_in("g(1)", "f") is None
    assert call_in("f(1", "f") is None
    assert label_test("f(1)", "None") == "assert f(1) == None"


def test_a_number_of_any_length_is_no_error():
    reply = f"0000000012. => 1\n{'0' * 8}1{'0' * 5000}. => 2\n{'9' * 5000}. => 3\n2. => 4"
    assert labels_of(reply, 2) == [None, "4"]
