"""Numbers and outside text as pages show them."""

from __future__ import annotations

import html
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown
from markupsafe import Markup

from builder.names import inside
from builder.site import words


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"),
        (0.004, "under 1 %"),
        (0.495, "50 %"),
        (0.9525, "95 %"),
        (0.9999, "over 99 %"),
        (1.0, "100 %"),
        (math.nan, "–"),
    ],
)
def test_a_share_never_reads_as_none_or_all_unless_it_is(share: float, said: str) -> None:
    assert words.percent(share).replace(words.NARROW, " ") == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.198, "0.20"), (0.9976, "0.998"), (0.99996, "over 0.9999"), (1.0, "1.00"), (-0.9976, "−0.998"),
     (-1.0, "−1.00"), (math.nan, "–")],
)  # fmt: skip
def test_a_correlation_never_reads_as_one_unless_it_is(value: float, said: str) -> None:
    assert words.rho(value) == said


@pytest.mark.parametrize(("value", "said"), [(-0.001, "0.00"), (-0.5, "−0.50"), (math.inf, "–"), (2, "2.00")])
def test_minus_is_a_minus_and_zero_has_none(value: float, said: str) -> None:
    assert words.fixed(value) == said


def test_lists_and_counts_read_as_sentences() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
    assert words.listed(["a", "b", "c"], "or") == "a, b or c"
    assert words.counted(1, "metric") == "1 metric"
    assert words.counted(12_345, "study", "studies") == f"12{words.NARROW}345 studies"


@given(st.text(max_size=60))
def test_outside_text_comes_through_markdown_and_html_as_itself(text: str) -> None:
    shown = str(words.inert(text))
    assert not set("<>\"'`*[]{}") & set(shown)
    printable = words._UNPRINTABLE.sub(" ", text).replace("\n", " ")
    made = Markdown(extensions=["attr_list"]).convert(f"<p>{shown}</p>")
    assert html.unescape(made) == f"<p>{printable}</p>"
    in_text = Markdown(extensions=["attr_list"]).convert(f"x {shown} x")
    assert "<" not in in_text.removeprefix("<p>").removesuffix("</p>")


def test_markup_of_our_own_is_left_alone() -> None:
    assert words.inert(Markup("<b>x</b>")) == "<b>x</b>"


@given(st.text(max_size=60))
def test_settings_hold_no_sign_that_a_template_or_tag_would_act_on(text: str) -> None:
    shown = words.attribute(text)
    assert not set("<>\"'{}\n") & set(shown)
    assert html.unescape(shown) == " ".join(words._UNPRINTABLE.sub(" ", text).split())


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ([0.5, math.nan], 3), ([45.2], 2), ([123.4, 1], 1), ([], 3), ([math.nan], 3),
        ([1, 2, math.nan], 0), ([-120.0, 0.0], 0), ([1, 2.5], 3),
    ],
)  # fmt: skip
def test_decimals_follow_the_largest_value_and_whole_numbers_have_none(
    values: list[float], digits: int
) -> None:
    assert words.decimals_for(values) == digits


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("short_name", "short&#95;name"),
        ("convnext_xxlarge:clip_laion", "convnext&#95;<wbr>xxlarge:<wbr>clip&#95;<wbr>laion"),
        ("a_b_c_d_e_f_g_h_i_j", "a&#95;b&#95;c&#95;d&#95;e&#95;f&#95;g&#95;h&#95;i&#95;j"),
        ("resnet-50-and-words of-names", "resnet-50-and-words of-names"),
        ("<b>resnet_152_imagenet</b>", "&#60;b&#62;resnet&#95;<wbr>152&#95;<wbr>imagenet&#60;/b&#62;"),
    ],
)
def test_long_words_may_break_after_signs(name: str, shown: str) -> None:
    assert words.breakable(name) == shown
    assert str(words.breakable(name)).replace("<wbr>", "") == words.inert(name)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("The 50 metrics of Ahlert et al.", "the 50 metrics of Ahlert et al."),
        ("Mean of z-scores", "mean of z-scores"),
        ("Min-max mean", "min-max mean"),
        ("A mean", "a mean"),
        ("Kemeny-Young order", "Kemeny-Young order"),
        ("ImageNet alone", "ImageNet alone"),
        ("V1 and V2", "V1 and V2"),
        ("Brain-Score's average", "Brain-Score's average"),
        ("", ""),
    ],
)
def test_a_title_inside_a_sentence_keeps_what_is_a_name(title: str, shown: str) -> None:
    assert inside(title) == shown
