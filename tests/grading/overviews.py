"""Classes made by hand, for tests of the class overview."""

from datetime import UTC, datetime, timedelta

from autograder.grading.alike import AlikeAnswer, Pair
from autograder.grading.overview.gather import Class, Item, Work
from autograder.grading.overview.page import render
from autograder.verdict import PARTLY, RIGHT, WRONG, PartVerdict, Verdict

EXERCISES = ("made.easy", "made.middle", "made.odd")
HOSTILE = (
    "</script></pre></style><script>window.pwned = 1</script><img src=x onerror=window.pwned=1>"
)


def verdict(exercise, first=True, second=True, mistake="", detail="", status="", remark=""):
    """Of two parts worth 6 and 4 points."""
    earned = 6.0 * first, 4.0 * second
    parts = [
        PartVerdict(name, points, got)
        for name, points, got in zip("ab", (6.0, 4.0), earned, strict=True)
    ]
    for part in parts:
        if part.earned < part.points:
            part.mistake, part.detail = mistake, detail
            part.diagnosis = f"This is {mistake}." if mistake else ""
    status = status or (RIGHT if all(earned) else PARTLY if any(earned) else WRONG)
    return Verdict(exercise, exercise, status, parts, [remark] if remark else [])


def work(student, *verdicts, written=None, **more):
    """Of three exercises; those that are not named are right. The written answer has 5 points."""
    told = {name: verdict(name) for name in EXERCISES} | {v.exercise: v for v in verdicts}
    scores = {f"check-{name}": told[name].points for name in EXERCISES} | {"written": written}
    sources = {name.replace(".", "-"): f"# {student}" for name in EXERCISES}
    if written is None and not more.get("is_open"):
        scores["written"] = 0.0  # as nbgrader gives to an answer that was left as it was
    sources |= {"written": "Because."} if written is not None or more.get("is_open") else {}
    return Work(student, scores, verdicts=told, sources=sources, **more)


def made_class(*works, **more):
    items = [Item(f"check-{name}", name.partition(".")[2], 10.0, name) for name in EXERCISES]
    items.append(Item("written", "written", 5.0, by_hand=True))
    about = {"ungraded": {}, "absent": [], "due": None} | more
    return Class(
        "01_made", datetime(2026, 1, 2, tzinfo=UTC), items=items, works=list(works), **about
    )


def class_of_twenty():
    """Ten strong and ten weak students; five strong ones alone fail made.odd, and nobody fails made.easy."""
    middle = {"exercise": "made.middle", "mistake": "swapped"}
    works = []
    for i in range(10):
        wrong = verdict(
            "made.odd", second=False, detail="The code stopped with TypeError. Of mine."
        )
        works.append(work(f"strong{i}", *([wrong] if i > 4 else []), written=5.0))
        weak = verdict(**middle, first=False, second=i > 7)
        works.append(work(f"weak{i}", weak, written=1.0))
    return made_class(*works)


def hostile_page():
    """The page of that class, and of one more student who writes markup wherever a text can stand."""
    cls = class_of_twenty()
    mallory = work(HOSTILE, verdict("made.odd", first=False, mistake=HOSTILE, detail=HOSTILE))
    mallory.sources["made-odd"] = HOSTILE + "W" * 900
    mallory.limits, mallory.flags = {"made.odd": ["memory"]}, {"made.odd": [HOSTILE]}
    mallory.late, mallory.asserted = timedelta(hours=5), [HOSTILE]
    cls.works.append(mallory)
    cls.ungraded[HOSTILE * 2] = HOSTILE + "W" * 900
    answer = AlikeAnswer("made.odd", 0.8, HOSTILE, "def f():\n    return " + "1 + " * 99 + "1")
    return render("A course", cls, [Pair(HOSTILE, "weak1", 0.75, (answer,))], [HOSTILE])
