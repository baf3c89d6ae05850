from marrowscope.cli.printable import printable


def test_control_characters_of_names_reach_no_terminal() -> None:
    assert printable("set \x1b[31mred\x07\n\tsecond\r line ü µm") == (
        "set ?[31mred?\n\tsecond? line ü µm"
    )
