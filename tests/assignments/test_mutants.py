"""The mutants that a solution is tried with."""

from tests.assignments.mutants import mutants


def test_mutants_change_operators_constants_names_conditions_statements_and_calls():
    source = "def f(a, b):\n    if a < 2:\n        return a * max(b, 1)\n    return a, b\n"
    made = dict(mutants(source))
    for difference in (
        "if a < 2: -> if a <= 2:",
        "if a < 2: -> if a < 3:",
        "if a < 2: -> if b < 2:",
        "if a < 2: -> if True:",
        "if a < 2: -> pass",
        "return a * max(b, 1) -> return a + max(b, 1)",
        "return a * max(b, 1) -> return a * b",
        "return a * max(b, 1) -> return a * min(b, 1)",
        "return (a, b) -> return (b, a)",
    ):
        assert difference in made
    assert all(mutant != source for mutant in made.values())
