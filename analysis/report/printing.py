"""Results looked up by what they are about, and printed with their place in results.json."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from analysis.results import Result

ABOUT = ("item", "structure", "metric", "metric_structure", "model", "family", "rater")


class Finder:
    """Finds results by what they are about, and prints them with their place in results.json."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._place = {id(result): place for place, result in enumerate(results)}
        self._named: dict[str, list[Result]] = {}
        self._known: dict[tuple[str | None, ...], Result] = {}
        for result in results:
            self._named.setdefault(result.name, []).append(result)
            about = (getattr(result, key) for key in ABOUT)
            self._known[result.name, *about] = result

    def all(self, name: str, **about: str | None) -> list[Result]:
        """Return the results of a name; what `about` does not mention may be anything."""
        return [
            result
            for result in self._named.get(name, [])
            if all(getattr(result, key) == value for key, value in about.items())
        ]

    def get(self, name: str, **about: str | None) -> Result | None:
        """Return the only such result, if any; what `about` does not mention must be None."""
        return self._known.get((name, *(about.get(key) for key in ABOUT)))

    def one(self, name: str, **about: str | None) -> Result:
        """Return the only such result, which must be there."""
        return self._known[name, *(about.get(key) for key in ABOUT)]

    def show(self, result: Result, digits: int = 2) -> Markup:
        """Print a result as 0.41 (0.30 to 0.52), or why it is missing."""
        if result.value is None:
            inner = Markup('<em title="{0}">{1}</em>').format(result.reason, _absent(result))
        else:
            inner = Markup("<b>{}</b>").format(_number(result.value, digits))
            if result.interval is not None:
                low, high = (_number(end, digits) for end in result.interval)
                inner += Markup(' <span class="ci">({} to {})</span>').format(low, high)
            elif result.level is not None:
                inner += Markup(' <em title="{}">no interval</em>').format(result.reason)
        return Markup('<span data-result="{}">{}</span>').format(self._place[id(result)], inner)

    def show_p(self, result: Result) -> Markup:
        """Print a p value."""
        return self._p_value(result, result.p_value, "data-p")

    def show_adjusted(self, result: Result) -> Markup:
        """Print a p value that is adjusted for the number of tests."""
        return self._p_value(result, result.p_adjusted, "data-p-adjusted")

    def _p_value(self, result: Result, value: float | None, mark: str) -> Markup:
        if value is None:
            return Markup('<em title="{}">\u2013</em>').format(result.reason)
        text = "&lt;\u202f0.001" if value < 0.001 else f"{value:.3f}"
        place = self._place[id(result)]
        return Markup('<span {}="{}">{}</span>').format(Markup(mark), place, Markup(text))

    def show_n(self, result: Result, key: str) -> Markup:
        """Print one of the sample sizes of a result."""
        place = self._place[id(result)]
        inner = result.n.get(key, 0)
        return Markup('<span data-n="{}" data-key="{}">{}</span>').format(place, key, inner)


def _absent(result: Result) -> str:
    return "infinite" if result.reason == "infinite" else "not estimable"


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    text = text.lstrip("-") if float(text) == 0 else text
    return text.replace("-", "\u2212")
