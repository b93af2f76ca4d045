"""Does the picker hold the whole answer, and does its script only choose from it?"""

from __future__ import annotations

import gzip
import re
from decimal import Decimal
from pathlib import Path

import pytest

from macros import derive, figures, formats, tables
from macros.fits import DRIVER_RESERVE_GIB
from macros.load import load
from macros.replicas import place_of
from tests import fragments, synthetic
from tests.browsing import a_page, watch
from tests.test_tables import rows

ROOT = Path(__file__).parent.parent

THEME = ROOT / "macros/theme"
PAGE = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>Picker</title>
<link rel="stylesheet" href="assets/guide.css"><body class="md-typeset">{}</body></html>
"""


@pytest.fixture(scope="module")
def real_guide():
    return derive.guide(load(ROOT / "data"))


def written(folder: Path, guide: derive.Guide) -> str:
    """Write the picker of a guide as a page without a host; return its address as a file."""
    (folder / "assets").mkdir()
    for name in ("guide.css", "choose.css", "choose.js"):
        (folder / "assets" / name).write_bytes((THEME / "assets" / name).read_bytes())
    html = tables.BLOCKS["picker"](guide, "")
    (folder / "picker.html").write_text(PAGE.format(html), encoding="utf-8")
    return (folder / "picker.html").as_uri()


# ---------------------------------------------------------------- what stands in the page


def test_every_product_has_a_row_for_each_model_whose_need_is_known(guide):
    tree = fragments.parse(tables.BLOCKS["picker"](guide, ""))

    names = tree.xpath("//div/@data-names")
    assert names == ["ember-32 ember", "quill-48", "ember-80 ember", "quill-next", "other"]
    for body in tree.xpath("//tbody"):
        links = body.xpath("./tr/th[@scope = 'row']/a[1]/@href")
        assert links == ["models/aria-small/", "models/aria-large/"]
    unknown = fragments.text(tree.xpath("./p")[-1])
    assert unknown.startswith("? unknown on every card")
    assert unknown.endswith("Aria-Tiny-Speech.")


def test_a_row_has_need_verdict_headroom_and_what_fits_instead(guide):
    small, large = rows(tables.BLOCKS["picker"](guide, ""))[:2]

    assert small[:3] == ["Aria-Small-Speechneeds 20.50 GB", "✓ fits9.30 GiB, 31.2%", "nothing"]
    assert large[1] == "✕ does not fit[1]−11.45 GiB, −38.4%"
    assert large[2].endswith("This fits: Aria-Small-Speech.")


def test_a_time_stands_with_its_settings_and_says_under_which_name_it_was_published(guide):
    times = rows(tables.BLOCKS["picker"](guide, ""))[0][3]

    assert times.startswith("4.20 s published, 48 kHz, dense")
    assert times.endswith(
        "5.0 s published, dense, as Lumen Ember— not measured with these settings"
    )


def test_our_own_time_of_published_work_follows_it_and_says_whose_it_is(guide):
    """With its settings, a link to its run, and what it is worth beside the published one."""
    html = tables.BLOCKS["picker"](guide, "")
    fragments.assert_owned(guide, html)
    published, own = fragments.parse(html).xpath(
        "//div[contains(@data-names, 'ember-80')]//tbody/tr[1]/td[3]//li"
    )[:2]

    assert fragments.text(published) == "2.50 s published, 48 kHz, dense"
    assert fragments.text(own) == (
        "2.58 s measured by this project, 48 kHz, dense, steps 20, offload none;"
        " run: ○ not comparable"
    )
    assert own.get("data-resolution") == published.get("data-resolution") == "48 kHz"
    assert own.xpath(".//data/@data-ref")[0].startswith("derived/runs/ember-80-aria-small/")


def test_every_time_that_this_project_measured_again_stands_in_the_picker(real_guide):
    shown = fragments.parse(tables.BLOCKS["picker"](real_guide, "")).xpath("//td[3]//@data-ref")
    assert {f"{place_of(one)}/ours" for one in real_guide.rows.replicas} <= set(shown)


def test_what_is_changed_on_an_older_card_is_not_its_settings(edit):
    new = "compute_capability: {value: '9.0', source: {id: aria-performance, lines: 3}}"
    guide = derive.guide(load(edit("gpus/ember-32.yml", new, new.replace("9.0", "8.0"))))

    html = tables.BLOCKS["picker"](guide, "")
    small, large = rows(html)[:2]

    assert small[2].startswith("the card")
    assert "This fits" not in large[2]


def test_what_speaks_against_a_card_is_told_once_above_its_table(real_guide):
    """Its tried settings tell of memory, and never that a model just fits."""
    tree = fragments.parse(tables.BLOCKS["picker"](real_guide, ""))
    older = tree.xpath("//div[@data-doubt]")
    assert older
    for card in older:
        assert "older than the source recommends" in fragments.text(card.xpath(".//caption")[0])
        for said in card.xpath(".//span[@class='said']"):
            assert fragments.text(said) in ("! enough memory", "! just enough memory")


def test_the_script_is_small():
    assert len(gzip.compress((THEME / "assets/choose.js").read_bytes())) < 15 * 1024


# ---------------------------------------------------------------- what the script makes of it

SHOWN = """() => [...document.querySelectorAll(".picker .card:not([hidden]) tr[data-task]")]
    .filter(row => !row.hidden).map(row => [
        row.closest(".card").dataset.names.split(" ")[0], row.querySelector("th a").textContent])"""


def test_a_chosen_card_stays_alone_and_the_answer_is_said(real, opened):
    faults = watch(page := opened(360))
    page.goto(f"{real}will-it-run/")
    everything = page.locator(".answer").inner_text()

    page.get_by_role("combobox", name="GPU", exact=True).select_option("rtx-5090")

    assert {card for card, _ in page.evaluate(SHOWN)} == {"rtx-5090"}
    answer = page.get_by_role("status").filter(has_text="RTX 5090").inner_text()
    assert "as published: ✓ fits: Cosmos-Predict2-2B-Text2Image." in answer
    assert "✕ does not fit: " in answer
    assert page.url == f"{real}will-it-run/?gpu=rtx-5090"
    page.get_by_role("combobox", name="Task", exact=True).select_option("video2world")
    assert len(page.evaluate(SHOWN)) == 2
    page.go_back()
    assert len(page.evaluate(SHOWN)) == 4
    assert page.get_by_role("combobox", name="Task", exact=True).input_value() == ""
    page.go_back()
    assert page.locator(".answer").inner_text() == everything
    assert faults == []


def test_an_ambiguous_name_shows_all_its_products(real, opened):
    """Its answer counts verdicts, for one model may have another on each product."""
    page = opened()
    page.goto(f"{real}will-it-run/?gpu=a100&task=text2image")

    members = load(ROOT / "data").gpus["a100"].one_of
    shown = page.evaluate(SHOWN)
    assert {card for card, _ in shown} == set(members)
    words = page.locator(".answer").inner_text()
    assert words.startswith(
        f"NVIDIA A100, as published, the verdicts of {len(members)} cards that it names: "
    )
    verdicts = words.partition(": ")[2].partition(" With other settings")[0]
    assert sum(map(int, re.findall(r": (\d+)\.", verdicts))) == len(shown)


def test_resolution_and_frame_rate_choose_among_the_times(real, opened):
    page = opened()
    page.goto(f"{real}will-it-run/?gpu=h200-sxm&resolution=720p&fps=16")

    row = page.locator(".card:not([hidden]) tr", has_text="2B-Video2World")
    assert row.locator("td:last-child li:visible").all_inner_texts()[0].startswith("221.7 s")
    image = page.locator(".card:not([hidden]) tr", has_text="2B-Text2Image")
    assert image.locator("td:last-child li:visible").count() == 0
    assert image.locator("td:last-child .none").inner_text() == "— not measured with these settings"


def test_a_frame_rate_does_not_hide_the_times_of_images_which_have_none(real, opened):
    page = opened()
    page.goto(f"{real}will-it-run/?gpu=h200-sxm&fps=10")

    image = page.locator(".card:not([hidden]) tr", has_text="2B-Text2Image")
    items = image.locator("td:last-child li")
    assert items.locator("visible=true").count() == items.count() > 1
    video = page.locator(".card:not([hidden]) tr", has_text="2B-Video2World")
    shown = video.locator("td:last-child li:visible").all_inner_texts()
    assert shown
    assert all("10 fps" in one for one in shown)


@pytest.mark.parametrize("asked", ["720p", "1280x704"])
def test_one_resolution_covers_its_name_and_its_pixels(real, opened, asked):
    page = opened()
    page.goto(f"{real}will-it-run/?gpu=rtx-5090&resolution={asked}")

    assert page.get_by_role("combobox", name="Resolution").input_value() == "720p"
    row = page.locator(".card:not([hidden]) tr", has_text="2B-Video2World")
    shown = row.locator("td:nth-child(3) li:visible").all_inner_texts()
    assert shown, "tried settings are not hidden"
    assert all("1280x704" in one for one in shown)


def test_a_size_in_pixels_that_has_a_name_is_no_choice_of_its_own(real_guide):
    tree = fragments.parse(tables.BLOCKS["picker"](real_guide, ""))
    offered = {
        one.get("value"): one.get("label") for one in tree.xpath("//*[@name='resolution']/option")
    }
    assert offered["480p"] == "480p (768x432)"
    assert offered["720p"] == "720p (1280x704)"
    assert not {"768x432", "1280x704"} & set(offered)
    hidden = {one.get("data-resolution") for one in tree.xpath("//li")} - {None}
    assert hidden <= set(offered), "every item can be chosen"


def test_a_card_without_a_memory_is_promised_nothing(real, opened):
    page = opened()
    for asked, card in (("task=video2world", "other"), ("gpu=jetson-agx-thor", "jetson-agx-thor")):
        page.goto(f"{real}will-it-run/?{asked}")
        row = page.locator(f".card[data-names~={card}] tr", has_text="2B-Video2World")
        assert row.locator(".verdict").text_content() == "? unknown"
        assert "not stated" not in page.locator(".answer").inner_text()


@pytest.mark.parametrize("asked", [
    "gpu=none", "gib=0", "gpu=other&gib=-8", "gpu=rtx-5090&gpu=l4", "colour=red", "age=rtx-5090",
    "gpu=rtx-5090&task=%3Cscript%3E",
])  # fmt: skip
def test_an_address_that_nobody_knows_shows_everything_and_says_so(real, opened, asked):
    faults = watch(page := opened())
    page.goto(f"{real}will-it-run/")
    everything = page.evaluate(SHOWN)

    page.goto(f"{real}will-it-run/?{asked}")

    assert page.evaluate(SHOWN) == everything
    assert page.locator(".answer").inner_text().endswith("So everything is shown.")
    assert faults == []


def test_without_scripts_every_row_is_shown_whatever_the_address_asks(real, opened):
    page = opened(360, java_script_enabled=False)
    page.goto(f"{real}will-it-run/?gpu=rtx-5090")

    guide = derive.guide(load(ROOT / "data"))
    products = [gpu for gpu, record in guide.dataset.gpus.items() if not record.one_of]
    assert page.locator(".picker tr[data-task]:visible").count() == 4 * (len(products) + 1)
    assert not page.locator("form.picker").is_visible()
    assert "Without scripts" in page.locator("noscript").inner_text()


def test_the_form_is_worked_by_keyboard_and_keeps_the_focus(real, opened):
    page = opened()
    page.goto(f"{real}will-it-run/")
    page.get_by_role("combobox", name="GPU", exact=True).focus()
    page.keyboard.type("my card")
    page.keyboard.press("Tab")
    page.keyboard.type("24")

    assert page.url.endswith("?gpu=other&gib=24&age=unknown")
    assert page.evaluate("document.activeElement.name") == "gib"
    assert page.locator(".answer").inner_text() == (
        "A card with 24 GiB, as published: ✕ does not fit: 4 models. Enough memory with"
        " other settings, but its architecture is not stated: 4 models."
    )
    told = page.locator("[data-tight] .said:visible").all_inner_texts()
    assert told
    assert set(told) <= {"? enough memory", "? just enough memory"}
    page.get_by_role("button", name="Show everything").press("Enter")
    assert page.url.endswith("will-it-run/")


def test_keys_that_run_through_many_cards_leave_one_step_back(real, opened):
    page = opened()
    page.goto(f"{real}will-it-run/?task=video2world")
    page.get_by_role("combobox", name="GPU", exact=True).focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    sixth = page.evaluate("document.querySelector('[name=gpu]').value")
    assert page.url == f"{real}will-it-run/?gpu={sixth}&task=video2world"

    page.go_back()

    assert page.url == f"{real}will-it-run/?task=video2world"
    assert page.evaluate("document.querySelector('[name=gpu]').value") == ""


def test_the_keyboard_alone_leads_from_the_top_to_an_answer_that_is_read_aloud(real, opened):
    """By the link that skips the navigation; the answer is a live region."""
    page = opened()
    page.goto(f"{real}will-it-run/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "gpu":
            break
    page.keyboard.type("NVIDIA T4")
    answer = page.get_by_role("status").filter(has_text="NVIDIA T4")
    words = answer.inner_text()
    assert words.startswith("NVIDIA T4, as published: ✕ does not fit: ")
    assert " Enough memory with other settings, but older than the source recommends: " in words
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_finger_can_do_all_of_it(real, opened):
    """On a phone: choose a card, ask who says a figure, and close the answer."""
    faults = watch(page := opened(360, has_touch=True, is_mobile=True))
    page.goto(real)
    page.get_by_label("Your card").select_option("rtx-5090")
    page.get_by_role("button", name="Will it run?").tap()
    page.wait_for_url("**/will-it-run/?gpu=rtx-5090")
    row = page.locator(".card:not([hidden]) tr", has_text="2B-Video2World")
    row.locator("data[value='32.54']").tap()
    said = page.get_by_role("dialog", name="32.54 GB")
    assert "32.54" in said.inner_text()
    page.touchscreen.tap(180, 140)  # beside it
    said.wait_for(state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert faults == []


def test_the_owner_of_a_card_has_the_answer_in_two_steps_without_scripts(real, opened):
    """On a phone: what does not fit as published, with which settings it does, and who says so."""
    page = opened(360, java_script_enabled=False, has_touch=True, is_mobile=True)
    page.goto(real)
    page.get_by_role("link", name="NVIDIA GeForce RTX 5090", exact=True).first.tap()
    page.wait_for_url("**/gpus/rtx-5090/")

    said = page.locator("article li", has_text="2B-Video2World does not fit as published").first
    words = said.inner_text()
    assert "it needs 32.54 GB, read as GiB; this card has 31.84 GiB. With " in words
    assert re.search(r", it takes [0-9.]+ GiB: ✓ fits, ", words)
    assert said.bounding_box()["y"] < 800, "the first screen shows where it begins"
    for number in range(said.locator("data").count()):
        said.locator("data").nth(number).tap()
        page.wait_for_url(re.compile("/(files/data|derived)/.*#"))
        assert page.locator(f"[id='{page.url.partition('#')[2]}']").count() == 1
        page.go_back()


JUDGED = """memories => {
    const form = document.querySelector("form.picker"), seen = [];
    form.elements.gpu.value = "other";
    for (const [memory, age] of memories) {
        form.elements.gib.value = memory;
        form.elements.age.value = age;
        form.elements.gib.dispatchEvent(new Event("input", {bubbles: true}));
        for (const cell of document.querySelectorAll("[data-tight] .verdict")) {
            const small = cell.querySelector("small").textContent;
            seen.push([cell.textContent.replace(small, ""), small]);
        }
    }
    return seen;
}"""


def test_a_card_that_is_not_listed_is_judged_as_python_does(tmp_path, edit, opened):
    """For many sizes, the limits of every verdict among them, and a need read as decimal GB."""
    edit("requirements/aria-memory.yml", "aria-large: 41.25", "aria-large: ~44.9")
    guide = derive.guide(load(edit("requirements/aria-memory.yml", "read_as: GiB", "read_as: GB")))
    needs = [need.need_gib for need in guide.rows.requirements if need.need_gib]
    step = Decimal("0.000001")
    edges = [(need / share).quantize(step) for need in needs for share in (1, 1 - figures.TIGHT)]
    sizes = [Decimal(size) / 8 for size in range(1, 800, 3)]
    sizes += [edge + far for edge in edges for far in (-step, Decimal(), step)]
    page = opened()
    page.goto(written(tmp_path, guide))
    asked = [(size, age) for size in sizes for age in figures.ARCHITECTURES]

    seen = page.evaluate(JUDGED, [(f"{size:f}", age) for size, age in asked])

    expected = []
    for size, age in asked:
        for need in guide.rows.requirements:
            assert need.need_gib is not None
            words, symbol = formats.verdict(figures.verdict(need.need_gib, size), age)
            left = size - need.need_gib
            gib = formats.quantity(formats.rounded(left, 2), "GiB", need.approximate)
            percent = formats.rounded(left / size * 100, 1)
            small = f"{gib}, {formats.quantity(percent, '%', need.approximate)}"
            expected.append([f"{symbol} {words}", small])
    assert seen == expected


def test_tried_settings_are_offered_to_an_unlisted_card_that_has_their_memory(real, opened):
    """As on a card of which the driver's total is known, less what the driver may keep."""
    page = opened()
    guide = derive.guide(load(ROOT / "data"))
    published = {need.model: need.need_gib for need in guide.rows.requirements}
    known = [
        (one.model, one.need + DRIVER_RESERVE_GIB) for one in guide.rows.footprints if one.need
    ]
    needs = sorted(need for _, need in known)
    for size in (needs[-1], needs[0], needs[len(needs) // 2]):
        below = size.quantize(Decimal("0.000001"), "ROUND_FLOOR")
        page.goto(f"{real}will-it-run/?gpu=other&gib={below}")

        fits = {name for name in published if figures.verdict(published[name], below) == "fits"}
        enough = [need for model, need in known if need <= below and model not in fits]
        said = page.locator(".card:not([hidden]) .enough:visible")
        assert said.all_inner_texts() == ["nothing in its settings"] * len(fits)
        shown = page.locator(".card:not([hidden]) li:visible").all()
        assert sorted(Decimal(str(one.get_attribute("data-need"))) for one in shown) == sorted(
            enough
        )


TOOK = """rounds => {
    const form = document.querySelector("form.picker"), {gpu, gib, age, task} = form.elements;
    const set = (control, value) => () => {
        control.value = value;
        control.dispatchEvent(new Event("input", {bubbles: true}));
    };
    const everything = () => form.querySelector("button").click();
    const choices = [];
    for (const {value} of gpu.options) if (value) choices.push(set(gpu, value), everything);
    for (const {value} of gpu.options) choices.push(set(gpu, value));
    choices.push(set(gpu, "other"));
    for (const memory of ["2", "24", "80.5", "x", ""]) choices.push(set(gib, memory));
    for (const {value} of age.options) choices.push(set(age, value));
    choices.push(everything);
    for (const {value} of task.options) choices.push(set(task, value));
    const best = choices.map(() => Infinity);
    for (let round = 0; round < rounds; round++) {
        choices.forEach((choose, i) => {
            const start = performance.now();
            choose();
            document.body.getBoundingClientRect();  // the new layout belongs to the answer
            best[i] = Math.min(best[i], performance.now() - start);
        });
    }
    return best.sort((a, b) => a - b);
}"""


def answer_times(folder: Path, browser, gpus: int = 32, models: int = 28) -> list[float]:
    """Return how long each choice takes at best, in milliseconds, from least to most.

    Each card is chosen when everything is shown and when another card is, and everything again
    after each; a card that is not listed gets memory and age; then each task is chosen.
    """
    synthetic.write(synthetic.make(gpus, models, 3), folder)
    site = folder / "site"
    site.mkdir()
    address = written(site, derive.guide(load(folder / "data")))
    with a_page(browser) as page:
        page.goto(address)
        found: list[float] = page.evaluate(TOOK, 5)
        return found


def test_every_change_is_answered_at_once_on_a_large_guide(tmp_path, chromium):
    """Script and layout of each of a hundred choices; also the slowest is within the limit.

    Each choice is made several times, by the clock inside the page, and its shortest time counts:
    the work is the same every time, and what a busy machine does beside it can only add. So no
    median hides a choice that is always slow, and no other program makes one look so.
    """
    took = answer_times(tmp_path, chromium)

    assert len(took) > 100
    assert took[-1] < 50
