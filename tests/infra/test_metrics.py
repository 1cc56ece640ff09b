"""Counting: exact among threads, bounded whatever is counted, added up over processes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from webapp.infra import metrics_catalogue as catalogue
from webapp.infra.metrics import MOST_SERIES, Metrics, count
from webapp.infra.metrics_files import FOLDER, MetricsFiles
from webapp.ops.metrics_text import add_up

if TYPE_CHECKING:
    from pathlib import Path


def counted(metrics: Metrics, metric: catalogue.Metric) -> dict[tuple[str, ...], float]:
    return {tuple(labels): value for name, labels, value in metrics.read()["counts"] if name == metric.name}


def node(folder: Path, codes: int = 0, requests: int = 0) -> tuple[MetricsFiles, Metrics]:
    files, metrics = MetricsFiles(folder), Metrics(is_on=True)
    files.begin()
    metrics.add(catalogue.REFUSALS, ("busy",), codes)
    for _ in range(requests):
        metrics.time_request("GET", "/", "200", 0.02)
    files.write(metrics.read())
    return files, metrics


def test_threads_lose_no_count() -> None:
    metrics = Metrics(is_on=True)

    def work(_: int) -> None:
        for _ in range(500):
            metrics.add(catalogue.LIMITED, ("address",))
            metrics.time_request("GET", "/", "200", 0.3)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert counted(metrics, catalogue.LIMITED) == {("address",): 4000}
    assert metrics.read()["requests"][0][1][-2:] == [0, pytest.approx(1200)]


def test_series_are_bounded_whatever_is_counted() -> None:
    metrics = Metrics(is_on=True)
    for number in range(2 * MOST_SERIES):
        metrics.add(catalogue.LIMITED, (f"lane {number}",))
        metrics.time_request("GET", f"/{number}", "200", 0.1)
    lanes = counted(metrics, catalogue.LIMITED)
    assert len(lanes) == MOST_SERIES + 1
    assert lanes[("other",)] == MOST_SERIES
    assert len(metrics.read()["requests"]) == MOST_SERIES + 1


def test_counter_needs_all_its_labels_and_is_quiet_outside_of_an_application() -> None:
    with pytest.raises(ValueError, match="latchkey_refusals_total has the labels"):
        Metrics(is_on=True).add(catalogue.REFUSALS, ())
    count(catalogue.REFUSALS, "busy")


def test_processes_are_added_up_and_the_dead_still_count(tmp_path: Path) -> None:
    node(tmp_path, codes=5, requests=3)
    file = next((tmp_path / FOLDER).iterdir())
    shown = json.loads(file.read_text())
    file.write_text(json.dumps({**shown, "at": shown["at"] - 60}))
    files, metrics = node(tmp_path, codes=2, requests=1)
    reading = add_up([files.write(metrics.read()), *files.read_others()])
    assert reading.values["latchkey_refusals_total", ("busy",)] == 7
    assert reading.times["GET", "/"][-1] == pytest.approx(0.08)
    assert reading.values["latchkey_http_requests_total", ("GET", "/", "200")] == 4
    assert reading.values["latchkey_processes", ()] == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"counts": []}', "\xff", '"' + "x" * 5_000_000 + '"'])
def test_file_that_cannot_be_read_is_left_out(tmp_path: Path, text: str) -> None:
    files, metrics = node(tmp_path, codes=1)
    (tmp_path / FOLDER / "1-broken.json").write_bytes(text.encode("latin-1"))
    assert files.read_others() == []
    assert add_up([files.write(metrics.read())]).values["latchkey_refusals_total", ("busy",)] == 1


def test_server_that_starts_forgets_all(tmp_path: Path) -> None:
    node(tmp_path, codes=1)
    (tmp_path / FOLDER / ".1-killed.json").write_text("{")
    files = MetricsFiles(tmp_path)
    files.empty()
    assert list((tmp_path / FOLDER).iterdir()) == []
    assert oct((tmp_path / FOLDER).stat().st_mode & 0o777) == "0o700"


def test_folder_that_cannot_be_written_costs_the_news_only(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file in its place")
    files, metrics = node(tmp_path, codes=1)
    assert files.write(metrics.read())["counts"]
    assert files.read_others() == []


def test_two_threads_that_show_at_once_show_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scrape asks for the file that the process itself writes every few seconds."""
    files, dump, is_second_in, is_first_in = MetricsFiles(tmp_path), json.dump, Event(), Event()
    files.begin()

    def dump_slowly(shown: Any, file: Any, **options: Any) -> None:
        (is_second_in if is_first_in.is_set() else is_first_in).set()
        # Without a lock the other comes in between; with one it cannot, and this waits for nothing.
        is_second_in.wait(0.2)
        dump(shown, file, **options)

    monkeypatch.setattr(json, "dump", dump_slowly)
    with ThreadPoolExecutor(2) as pool:
        long = {"counts": [["x" * 100_000, [], 1]], "requests": [], "gauges": []}
        first = pool.submit(files.write, long)
        is_first_in.wait(5)
        assert not is_second_in.is_set()
        second = pool.submit(files.write, {**long, "counts": []})
        assert first.result()["counts"] == long["counts"]
        assert second.result()["counts"] == []
    assert MetricsFiles(tmp_path).read_others()[0]["counts"] == []
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
