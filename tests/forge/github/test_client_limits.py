"""Rate limits: waited for where they end soon, said where they do not; no other second is slept."""

import pytest

from mergebot.forge.github.errors import DeniedError, LimitedError, NoAnswerError, OutOfTimeError
from mergebot.forge.github.limits import Bounds, Patience, limit_of
from mergebot.forge.github.transport import Answer
from tests.forge.github.scripted import NOW, FakeTime, Line, Say, Server, connected

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for installation ID 1."
DONE = Say(body={"data": {"x": 1}})


def primary(seconds: float, status: int = 403) -> Say:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + seconds:.0f}"}
    return Say(status=status, body={"message": PRIMARY}, headers=headers)


def secondary(status: int = 403, **headers: str) -> Say:
    return Say(status=status, body={"message": SECONDARY}, headers={k.replace("_", "-"): v for k, v in headers.items()})


GRAPH_LIMITED = Say(
    body={"data": None, "errors": [{"type": "RATE_LIMITED", "message": PRIMARY}]},
    headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + 30:.0f}"},
)


class TestALimitThatEndsSoon:
    @pytest.mark.parametrize(
        ("say", "wait"),
        [
            (primary(45), 45),
            (primary(45, 429), 45),
            (primary(-5), 1),
            (secondary(retry_after="7"), 7),
            (secondary(429, retry_after="7"), 7),
            (secondary(retry_after="7.5"), 7.5),
            (secondary(retry_after="Fri, 15 Jan 2027 08:00:20 GMT"), 20),
            (secondary(retry_after="soon"), 60),
            (secondary(), 60),
            (Say(status=429), 60),
            (Say(status=403, body={"message": "You have triggered an abuse detection mechanism."}), 60),
            (GRAPH_LIMITED, 30),
            (Say(body={"errors": [{"message": SECONDARY}]}), 60),
            (Say(body={"data": {"part": 1}, "errors": [{"type": "RATE_LIMITED", "message": "x"}]}), 60),
        ],
    )
    def test_it_is_waited_for_as_long_as_github_says_and_no_longer(self, line: Line, say: Say, wait: float) -> None:
        line.say(say, DONE)
        line.client.query("query { x }", {})
        assert line.time.sleeps == [wait]
        assert len(line.server.got) == 2

    def test_a_write_that_was_refused_for_it_was_not_done_and_is_sent_again(self, line: Line) -> None:
        line.say(secondary(retry_after="7"), Say(status=201, body={"id": 1}))
        assert line.client.send("POST", "/repos/o/r/issues/1/comments", {"body": "x"}) == {"id": 1}
        assert [got.body for got in line.server.got] == [{"body": "x"}] * 2

    def test_the_servers_clock_counts_where_ours_is_wrong(self, line: Line) -> None:
        line.time.now = NOW - 3000
        line.say(primary(45), DONE)
        line.client.get("/x")
        assert line.time.sleeps == [45]


class TestALimitThatDoesNot:
    @pytest.mark.parametrize("say", [primary(61), primary(3600), secondary(retry_after="90")])
    def test_it_is_said_with_its_end_and_nothing_is_slept(self, line: Line, say: Say) -> None:
        line.say(say)
        with pytest.raises(LimitedError, match="used up until") as caught:
            line.client.send("PUT", "/repos/o/r/pulls/1/merge", {})
        assert caught.value.resets_at is not None
        assert caught.value.resets_at > NOW + 60
        assert "run again after that" in caught.value.hint
        assert line.time.sleeps == []

    @pytest.mark.parametrize("value", ["9" * 400, "1e400", "nan", "-1"])
    def test_an_absurd_time_is_survived(self, value: str) -> None:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": value}
        limit = limit_of(Answer(status=429, headers=headers, text=""), now=NOW)
        assert limit is not None
        assert 1 <= limit.wait <= 7 * 24 * 3600
        with pytest.raises(LimitedError):
            Patience(Bounds(each=0)).wait_out(limit)

    def test_the_waits_of_a_process_are_bounded_together(self, line: Line) -> None:
        line.say(secondary(retry_after="50"))
        with pytest.raises(LimitedError):
            line.client.get("/x")
        assert line.time.sleeps == [50, 50]


class TestWhatIsNoLimit:
    def test_a_right_that_is_missing_on_the_last_request_of_the_hour(self, line: Line) -> None:
        body = {"message": "Resource not accessible by integration"}
        line.say(Say(status=403, body=body, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW:.0f}"}))
        with pytest.raises(DeniedError):
            line.client.get("/x")

    def test_the_last_request_of_the_hour_itself(self, line: Line) -> None:
        line.say(Say(body=[], headers={"x-ratelimit-remaining": "0"}))
        assert line.client.get("/x") == []

    def test_a_pull_request_that_talks_of_one(self, line: Line) -> None:
        """What strangers write is no word of GitHub's."""
        title = 'fix "errors": RATE_LIMITED, rate limit exceeded'
        line.say(Say(body={"data": {"title": title}, "errors": [{"type": "FORBIDDEN", "message": title}]}))
        assert line.client.query("query { x }", {}).data == {"title": title}
        assert line.time.sleeps == []


class TestReadsThatFail:
    def test_they_are_tried_four_times_within_about_twenty_seconds(self, line: Line) -> None:
        line.say(Say(status=500))
        with pytest.raises(NoAnswerError):
            line.client.get("/x")
        assert len(line.server.got) == line.client.requests == 4
        assert [round(wait - 0.5) // 2 * 2 for wait in line.time.sleeps] == [2, 4, 8]
        assert sum(line.time.sleeps) < 20

    def test_one_bad_moment_is_not_noticed(self, line: Line) -> None:
        line.say(Say(status=503), Say(body="<html>busy</html>"), Say(body={"a": 1}))
        assert line.client.get("/x") == {"a": 1}

    def test_an_answer_that_is_still_being_prepared_is_not_waited_for_for_ever(self, line: Line) -> None:
        """The library would ask every two seconds without end."""
        line.say(Say(status=202, body={}))
        with pytest.raises(NoAnswerError, match="still preparing"):
            line.client.get("/x")
        assert len(line.server.got) == 4


class TestTheTimeOfAPass:
    def test_nothing_is_sent_once_it_is_over(self, server: Server) -> None:
        line = connected(server, bounds=Bounds(whole=100, timeout=5))
        line.say(Say(body={}))
        line.client.get("/x")
        line.time.now += 100
        with pytest.raises(OutOfTimeError, match="ran out of time"):
            line.client.send("PUT", "/x", {})
        with pytest.raises(OutOfTimeError):
            line.client.get("/x")
        assert len(line.server.got) == 1

    def test_no_wait_outlasts_it(self, server: Server) -> None:
        line = connected(server, bounds=Bounds(whole=30, timeout=5))
        line.say(secondary(retry_after="31"))
        with pytest.raises(OutOfTimeError):
            line.client.get("/x")
        assert line.time.sleeps == []


class TestWritesInARow:
    """platform: at most 80 requests a minute that create content, from whoever shares the token."""

    def test_sixty_need_no_pause_and_the_next_waits_until_the_minute_is_over(self) -> None:
        time = FakeTime()
        patience = Patience(Bounds(), clock=time.clock, monotonic=time.clock, sleep=time.sleep)
        for _ in range(60):
            patience.pace()
            time.now += 0.25
        assert time.sleeps == []
        patience.pace()
        assert time.sleeps == [pytest.approx(45)]

    def test_writes_that_are_slow_enough_need_none(self) -> None:
        time = FakeTime()
        patience = Patience(Bounds(whole=10_000), clock=time.clock, monotonic=time.clock, sleep=time.sleep)
        for _ in range(200):
            patience.pace()
            time.now += 1.01
        assert time.sleeps == []

    def test_only_writes_count_and_only_where_there_are_limits(self, server: Server) -> None:
        public, own = connected(server, path=""), connected(server)
        public.say(Say(body={"data": {"x": 1}}))
        for _ in range(59):
            public.client.send("PATCH", "/x", {})
        for _ in range(20):
            public.client.get("/x")
            public.client.query("query { x }", {})
        public.client.send("POST", "/x", {})
        assert public.time.sleeps == []
        public.client.send("PATCH", "/x", {})
        assert public.time.sleeps == [60]
        for _ in range(70):
            own.client.send("PATCH", "/x", {})
        assert own.time.sleeps == []
