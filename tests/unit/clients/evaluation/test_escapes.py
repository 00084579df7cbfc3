"""Characters that a reader cannot see, or that turn text around, are shown as escapes."""

from clients.evaluation.escapes import plain


def test_direction_overrides_and_controls_become_visible():
    assert plain("a\u202eb\x00c\u2028d") == "a\\u{202e}b\\u{0}c\\u{2028}d"


def test_line_breaks_tabs_and_letters_stay():
    assert plain("é\n\t漢<script>") == "é\n\t漢<script>"
