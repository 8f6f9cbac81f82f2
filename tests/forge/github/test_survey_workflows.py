"""Workflow files as facts, whatever stands in them."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mergebot.forge.github.survey_workflows import MOST_BYTES, parse_workflow
from mergebot.model.workflows import Job, Trigger, Workflow

PATH = ".github/workflows/x.yml"


def parsed(text: str, path: str = PATH) -> Workflow:
    return parse_workflow(path, text.encode())


class TestTriggers:
    @pytest.mark.parametrize(
        ("on", "events"),
        [
            ("push", {"push": Trigger()}),
            ("[push, pull_request]", {"push": Trigger(), "pull_request": Trigger()}),
            ("{pull_request: }", {"pull_request": Trigger()}),
            ("{pull_request: {branches: main}}", {"pull_request": Trigger(branches=("main",))}),
            ("{pull_request: {branches-ignore: ['a', 1]}}", {"pull_request": Trigger(branches_ignore=("a", "1"))}),
            ("{push: {paths-ignore: [docs]}}", {"push": Trigger(paths=True)}),
            ("{workflow_run: {workflows: [CI], types: [completed]}}",
             {"workflow_run": Trigger(workflows=("CI",), types=("completed",))}),
            ("{schedule: [{cron: '1 * * * *'}]}", {"schedule": Trigger()}),
        ],
    )  # fmt: skip
    def test_each_way_to_write_them(self, on: str, events: dict[str, Trigger]) -> None:
        assert parsed(f"on: {on}\njobs: {{}}\n").triggers == events

    @pytest.mark.parametrize("key", ["on", "'on'", '"on"'])
    def test_on_is_a_word_and_not_true(self, key: str) -> None:
        """Most YAML readers make a boolean of it."""
        assert set(parsed(f"{key}: push\njobs: {{}}\n").triggers) == {"push"}


class TestJobs:
    def test_a_jobs_rights_stand_before_the_workflows(self) -> None:
        jobs = "{a: {permissions: {contents: write}}, b: {}, c: {permissions: {}}}"
        text = f"on: push\npermissions: read-all\njobs: {jobs}\n"
        assert [job.rights for job in parsed(text).jobs] == [{"contents": "write"}, {"*": "read"}, {}]
        assert [job.rights for job in parsed("on: push\njobs: {a: {}}\n").jobs] == [None]

    @pytest.mark.parametrize(
        ("step", "is_bot"),
        [
            ("{uses: mergebot/mergebot@v1}", True),
            ("{uses: ./.mergebot}", True),
            ("{uses: acme/Mergebot/sub@abc}", True),
            ("{run: pipx run mergebot run}", True),
            ("{run: python -m mergebot -v run --repo x}", True),
            ("{uses: acme/not-mergebotty@v1}", False),
            ("{uses: ./}", False),
            ('{run: "mergebot --repo \\\\\\n  o/r run"}', True),
            ("{run: 'mergebot --repo ${{ inputs.repo || github.repository }} run'}", True),
            ("{run: mergebot check && npm run lint}", False),
            ("{run: mergebot plan --save run.json}", False),
            ("{run: pip install mergebot; make run}", False),
            ("{run: echo mergebot}", False),
            ("{run: gh workflow run mergebot.yml}", False),
            ("just text", False),
        ],
    )
    def test_mergebots_job_is_known_by_its_steps(self, step: str, is_bot: bool) -> None:
        [job] = parsed(f"on: push\njobs: {{q: {{steps: [{step}]}}}}\n").jobs
        assert job.is_bot is is_bot

    def test_the_action_of_the_repository_itself_counts_in_a_file_of_that_name(self) -> None:
        [job] = parsed("on: push\njobs: {q: {steps: [{uses: ./}]}}\n", ".github/workflows/mergebot.yml").jobs
        assert job.is_bot

    def test_a_called_workflow_is_told_from_steps(self) -> None:
        [job] = parsed("on: push\njobs: {q: {uses: o/r/.github/workflows/mergebot.yml@v1}}\n").jobs
        assert (job.is_bot, job.reusable) == (True, True)

    @pytest.mark.parametrize(
        ("value", "own"),
        [("${{ secrets.APP_KEY }}", True), ("${{ secrets.GITHUB_TOKEN }}", False), ("${{ github.token }}", False)],
    )
    def test_a_token_of_its_own_is_a_secret_other_than_the_jobs(self, value: str, own: bool) -> None:
        [job] = parsed(f"on: push\njobs: {{q: {{steps: [{{env: {{T: '{value}'}}}}]}}}}\n").jobs
        assert job.own_token is own

    @pytest.mark.parametrize(
        ("group", "flags"),
        [
            ("q", (True, False)),
            ("{group: q}", (True, False)),
            ("{group: q, cancel-in-progress: false}", (True, False)),
            ("{group: q, cancel-in-progress: true}", (True, True)),
            ("{group: q, cancel-in-progress: '${{ inputs.x }}'}", (True, True)),
        ],
    )
    def test_only_a_plain_false_never_cancels(self, group: str, flags: tuple[bool, bool]) -> None:
        """An expression may turn out true."""
        found = parsed(f"on: push\nconcurrency: {group}\njobs: {{a: {{concurrency: {group}}}}}\n")
        assert (found.grouped, found.cancels) == flags
        assert (found.jobs[0].grouped, found.jobs[0].cancels) == flags


class TestRubbish:
    @pytest.mark.parametrize(
        "raw",
        [b"", b"- a\n", b"on: push\n", b"jobs: {}\n", b"on: push\njobs: []\n", b"\xff\xfe", b"on: [\n", b"{[a]: b}",
         b"!!python/object/apply:os.system ['true']", b"a: &a [*a]\n", b"[" * 20_000, b"? " * 20_000, b"\0"],
    )  # fmt: skip
    def test_what_is_no_workflow_has_its_fault(self, raw: bytes) -> None:
        """And is called by its path."""
        found = parse_workflow(PATH, raw)
        assert (bool(found.fault), found.name, found.jobs) == (True, PATH, ())

    def test_a_file_that_is_too_large_is_not_read(self) -> None:
        assert parse_workflow(PATH, None).fault == f"it is larger than {MOST_BYTES // 1024} KiB"

    def test_an_alias_that_stands_for_millions_costs_nothing(self) -> None:
        """Each list is looked at once."""
        bomb = "".join(f"x{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 60))
        text = f"on: push\nx0: &x0 [a]\n{bomb}jobs: {{q: {{steps: *x59}}}}\n"
        assert parsed(text).jobs == (Job(id="q", name="q"),)

    def test_parts_of_a_wrong_type_are_passed_over(self) -> None:
        text = "on: {push: [1], x: {types: {a: b}}}\njobs: {a: text, b: {steps: {}, name: [], permissions: 7}}\n"
        found = parsed(text)
        assert (found.fault, found.jobs) == ("", (Job(id="b", name="b"),))

    @given(st.binary(max_size=300))
    def test_no_bytes_raise(self, raw: bytes) -> None:
        assert parse_workflow(PATH, raw).path == PATH

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=10),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        ["on", "jobs", "permissions", "concurrency", "steps", "uses", "run", "name", "types"]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=20,
        )
    )
    def test_no_yaml_raises(self, value: object) -> None:
        """Whatever shape the parts have."""
        text = yaml.safe_dump({"on": value, "jobs": {"a": value, "b": {"steps": [value], "permissions": value}}})
        found = parsed(text)
        assert found.fault == ""
        assert "b" in {job.id for job in found.jobs}
