"""TeX as MathML that a browser draws without any script."""

import re

from latex2mathml.converter import convert

from autograder.grading.course import CourseError

BAR = "&#x02016;|&#x0007C;"
# A function's name and what it is applied to, without brackets; where the name has an index, that stands between.
FUNCTION = re.compile(
    r"(?<!<msub>)(?<!<msup>)(?<!<msubsup>)(<mi>(?:log|ln|exp|sin|cos|tan|tanh)</mi>)(?=<)(?!<mo|</)"
)
CLOSING = re.compile(r"<(msup|msub|msubsup)>(<mo [^>]*minsize[^>]*>[^<]*</mo>)")


def mathml(tex: str, display: str) -> str:
    """A formula as MathML; display is "inline" or "block". Raises CourseError for what cannot be converted."""
    try:
        made = convert(re.sub(r"\\arg\b", r"\\operatorname{arg}", tex), display=display)
    except Exception as error:  # the converter raises what it stumbles over
        raise CourseError(f"The formula {tex!r} cannot be shown: {error!r}.") from error
    made = made.replace(r">\|<", ">&#x02016;<")  # which the converter leaves after \Big
    unknown = re.search(r">(\\[^<]*|&)<", made)
    if unknown:
        raise CourseError(f"The formula {tex!r} cannot be shown: {unknown[1]} is not known.")
    # A bar that is not between \left and \right keeps the height of its letters, and a large closing bracket
    # its size under an exponent.
    made = re.sub(f"<mo>({BAR})</mo>", r'<mo stretchy="false">\1</mo>', made)
    made = FUNCTION.sub(r'\1<mspace width="0.17em"/>', made)
    return CLOSING.sub(r'<\1><mrow>\2<mspace width="0em"/></mrow>', made)
