"""Log lines, events and the simulated container as pure values (contract §16)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import MockConsole
from mock_server.provider.container import LONGEST, MOST, Container
from mock_server.provider.gateway import LeaseId
from mock_server.provider.shell import Shell, start
from mock_server.provider.streams import (
    INTERNAL,
    LEASE_NOT_FOUND,
    NORMAL,
    RETAINED,
    Closed,
    Cursor,
    Pod,
    Portion,
    Wanted,
    buffer,
    log_entries,
    payload_of,
    pods_of,
    read,
    story,
)
from mock_server.provider.terminal import FAILURE, RESIZE, RESULT, STDERR, STDIN, STDOUT, Session
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import Leased, lease

BOX = Container("web-1", {"A": "1", "HOME": "/root"}, {"/etc/hostname": "web-1\n", "/root/.profile": "", "/bin/sh": ""})


def pod(**change: Any) -> Pod:
    given = {"service": "web", "image": "nginx", "ports": (80,), "namespace": "ns", "node": "node1", "seed": 7}
    return Pod(**{"name": "web-a-b", **given, "created_ms": 0, "started_ms": 10_000, **change})


def look(found: Leased, kind: str, query: str = "", cursor: Cursor | None = None) -> Portion:
    wanted = Wanted.of(kind, found.provider, LeaseId(found.dseq, 1, 1), query)
    return found.console.visit(None, lambda world: read(world, wanted, cursor))


def told(portion: Portion, field: str) -> list[str]:
    return [json.loads(frame)[field] for frame in portion.frames]


def test_the_log_tells_of_the_start_and_then_of_work(console: MockConsole, tenant: Tenant) -> None:
    lines = told(look(lease(console, tenant), "logs"), "message")

    assert "starting web from nginx:1.27" in lines[0]
    assert "listening on 0.0.0.0:80" in lines[1]
    assert lines[2].endswith("ready")
    assert '"GET /' in lines[3]


def test_the_name_of_a_line_begins_with_its_service(console: MockConsole, tenant: Tenant) -> None:
    names = told(look(lease(console, tenant), "logs"), "name")

    assert {name.split("-")[0] for name in names} == {"web"}


def test_a_service_without_ports_says_that_it_works() -> None:
    assert json.loads(log_entries(pod(ports=()), None, 40_000)[-1].text)["message"].endswith("step 2 done")


def test_the_last_line_of_the_start_comes_when_the_service_is_ready(console: MockConsole, tenant: Tenant) -> None:
    found = lease(console, tenant, seconds=0)
    while not found.tenant.get(found.dseq)["leases"][0]["status"]["services"]["web"]["available"]:
        portion = look(found, "logs")
        assert not any(line.endswith("ready") for line in told(portion, "message"))
        console.sleep(1)

    assert told(look(found, "logs"), "message")[-1].endswith("ready")


@pytest.mark.parametrize("kind", ["logs", "kubeevents"])
def test_portions_add_up_to_what_is_told_at_once(console: MockConsole, tenant: Tenant, kind: str) -> None:
    found = lease(console, tenant, seconds=45)
    portion = look(found, kind, "follow=true")
    pieces = list(portion.frames)
    for _ in range(20):
        console.sleep(3)
        portion = look(found, kind, "follow=true", portion.cursor)
        pieces += portion.frames

    assert pieces == look(found, kind).frames


def test_the_next_line_is_known_beforehand(console: MockConsole, tenant: Tenant) -> None:
    found = lease(console, tenant)
    portion = look(found, "logs", "follow=true")
    assert portion.next_ms is not None

    console.sleep((portion.next_ms - portion.now_ms - 1) / 1000)
    early = look(found, "logs", "follow=true", portion.cursor)
    console.sleep(0.001)
    assert (len(early.frames), len(look(found, "logs", "follow=true", early.cursor).frames)) == (0, 1)


@pytest.mark.parametrize(("tail", "count"), [("0", 0), ("2", 2), ("3", 3), ("10000000", 7), ("-1", 7)])
def test_tail_counts_the_last_lines(console: MockConsole, tenant: Tenant, tail: str, count: int) -> None:
    found = lease(console, tenant, seconds=90)
    everything = look(found, "logs").frames
    assert len(everything) == 7

    assert look(found, "logs", f"tail={tail}").frames == everything[len(everything) - count :]


@pytest.mark.parametrize(("service", "closed"), [("web", Closed(NORMAL)), ("db", Closed(INTERNAL, "no running pods"))])
def test_only_the_services_asked_for_are_told(
    console: MockConsole, tenant: Tenant, service: str, closed: Closed
) -> None:
    portion = look(lease(console, tenant), "logs", f"service={service}")

    assert (portion.closed, bool(portion.frames)) == (closed, service == "web")


@pytest.mark.parametrize("query", ["follow=maybe", "tail=x", "tail=-2", "service=web,"])
def test_what_a_provider_cannot_read_it_refuses(query: str) -> None:
    with pytest.raises(ValueError, match=query):
        Wanted.of("logs", "p", LeaseId("1", 1, 1), query)


def test_a_container_keeps_its_last_lines_only() -> None:
    month = log_entries(pod(), None, 30 * 24 * 3_600_000)

    assert RETAINED - 1 <= len(month) <= RETAINED + 1
    assert month == sorted(month)


def test_events_tell_how_a_container_came_up(console: MockConsole, tenant: Tenant) -> None:
    portion = look(lease(console, tenant), "kubeevents")

    assert told(portion, "reason") == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]
    assert json.loads(str(portion.frames[0]))["object"]["kind"] == "Pod"


def test_an_image_that_does_not_exist_is_pulled_again_and_again(console: MockConsole, tenant: Tenant) -> None:
    found = lease(console, tenant, sdl(image="example/does-not-exist:1"), seconds=3600)

    assert look(found, "logs").closed == Closed(INTERNAL, "no running pods")
    reasons = told(look(found, "kubeevents"), "reason")
    assert reasons.count("BackOff") > 10
    assert "Started" not in reasons


def test_the_story_of_a_pod_is_in_order() -> None:
    for made in (pod(), pod(started_ms=None)):
        events = list(islice(story(made), 50))
        assert [event.at_ms for event in events] == sorted(event.at_ms for event in events)


def test_a_lease_that_is_not_there_is_not_found(console: MockConsole, tenant: Tenant) -> None:
    found = lease(console, tenant)
    found.dseq = "1"

    assert look(found, "logs").closed == Closed(LEASE_NOT_FOUND)


def test_a_log_ends_with_its_lease_and_with_its_manifest(console: MockConsole, tenant: Tenant) -> None:
    found = lease(console, tenant)
    log, events = (look(found, kind, "follow=true").cursor for kind in ("logs", "kubeevents"))
    tenant.data("PUT", f"/v1/deployments/{found.dseq}", {"data": {"sdl": sdl(env="[B=2]")}})
    console.sleep(60)
    assert look(found, "logs", "follow=true", log).closed == Closed(NORMAL)
    assert told(look(found, "kubeevents", "follow=true", events), "reason")[-1] == "Started"

    tenant.close(found.dseq)
    assert look(found, "kubeevents", "follow=true", events).closed == Closed(NORMAL)


def test_pods_of_the_same_seed_have_the_same_names() -> None:
    def names() -> list[str]:
        console = MockConsole(seed=3)
        dseq = lease(console, connect(console)).dseq
        with console.world() as world:
            deployment = world.deployments[dseq]
            return [made.name for made in pods_of(world, deployment, deployment.leases[0])]

    assert names() == names()


@pytest.mark.parametrize(
    ("data", "is_base64", "payload"),
    [
        ("104,101", False, b"he"),
        ("104, 101", False, b"he"),
        ("360,-1,x", False, bytes([104, 255, 0])),
        ("aGU=", True, b"he"),
        ("aGU", True, b"he"),
        ("_-8", True, b"\xff\xef"),
        ("a", True, b""),
        ("a G\nU", True, b"he"),
    ],
)
def test_a_client_s_bytes_come_in_two_notations(data: str, is_base64: bool, payload: bytes) -> None:
    assert payload_of(data, is_base64=is_base64) == payload


def test_bytes_are_written_as_node_writes_a_buffer() -> None:
    assert buffer(b"hi") == {"type": "Buffer", "data": [104, 105]}


@pytest.mark.parametrize(
    ("script", "out", "err", "code"),
    [
        ("echo one 'two  three' \"$A\"", "one two  three 1\n", "", 0),
        ("echo '$A' \\$A ${A}b $Z. $", "$A $A 1b . $\n", "", 0),
        ("echo -n x; echo y", "xy\n", "", 0),
        ("false && echo no; echo $?", "1\n", "", 0),
        ("false || echo yes", "yes\n", "", 0),
        ("true && pwd", "/\n", "", 0),
        ("cd /etc && pwd && ls", "/etc\nhostname\n", "", 0),
        ("cd; pwd; ls -a", "/root\n.profile\n", "", 0),
        ("ls /", "bin\netc\nroot\n", "", 0),
        ("ls /etc/hostname", "/etc/hostname\n", "", 0),
        ("cat /etc/hostname # who am I", "web-1\n", "", 0),
        ("hostname", "web-1\n", "", 0),
        ("B=2; export C=3; printenv B C; env", "2\n3\nA=1\nHOME=/root\nPWD=/\nB=2\nC=3\n", "", 0),
        ("printenv Z", "", "", 1),
        ("sh -c 'exit 7'; echo $?", "7\n", "", 0),
        ("/bin/cat /etc/hostname", "web-1\n", "", 0),
        ("exit 300; echo no", "", "", 44),
        ("whoami; id -u; uname", "root\n0\nLinux\n", "", 0),
        ("", "", "", 0),
        ("ls /nowhere", "", "ls: /nowhere: No such file or directory\n", 1),
        ("cat /etc", "", "cat: /etc: Is a directory\n", 1),
        ("cd /nowhere", "", "sh: cd: can't cd to /nowhere: No such file or directory\n", 2),
        ("nope", "", "sh: nope: not found\n", 127),
        ("exit now", "", "sh: exit: Illegal number: now\n", 2),
        ("echo 'open", "", "sh: syntax error: unterminated quoted string\n", 2),
        ("&& echo", "", 'sh: syntax error: unexpected "&&"\n', 2),
        ("echo a >", "", 'sh: syntax error: unexpected ";"\n', 2),
        ("echo a | ; b", "", 'sh: syntax error: unexpected ";"\n', 2),
        ("(echo a)", "", 'sh: syntax error: "(" is not simulated\n', 2),
        ("sleep 60 &", "", 'sh: syntax error: "&" is not simulated\n', 2),
        ("echo a > /root/b; echo c >> /root/b; cat < /root/b", "a\nc\n", "", 0),
        ("echo a > /root/b; sh -c 'echo c > /root/b'; cat /root/b", "c\n", "", 0),
        ("echo out; echo err >&2; nope 2>/dev/null", "out\n", "err\n", 127),
        ("nope > /dev/null 2>&1; nope &> /dev/null; echo $?; cat /dev/null", "127\n", "", 0),
        ("nope 2>&1 > /dev/null", "sh: nope: not found\n", "", 127),
        ("nope 2>&1 | wc -w; echo 12 3>/dev/null", "4\n12\n", "", 0),
        ("> /root/new && ls /root", "new\n", "", 0),
        ("echo a > /nowhere/b || echo no", "no\n", "sh: /nowhere/b: nonexistent directory\n", 0),
        ("cat < /nowhere", "", "sh: /nowhere: No such file or directory\n", 1),
        ("echo a > /etc", "", "sh: /etc: Is a directory\n", 1),
        ("env | grep A | head -n 1", "A=1\n", "", 0),
        ("echo aGkK | base64 -d; echo hi | base64; echo ? | base64 -d", "hi\naGkK\n", "base64: invalid input\n", 1),
        ("mkdir -p /run/secrets && chmod 600 /run/secrets && cd /run/secrets && pwd", "/run/secrets\n", "", 0),
        ("mkdir /a/b", "", "mkdir: can't create directory '/a/b': No such file or directory\n", 1),
        ("mkdir /etc", "", "mkdir: can't create directory '/etc': File exists\n", 1),
        ("chmod 600 /nope", "", "chmod: /nope: No such file or directory\n", 1),
        ("touch /etc/a; rm /etc/a; rm -f /etc/a; rm -r /root; ls -a /", "bin\netc\n", "", 0),
        ("rm /etc", "", "rm: '/etc' is a directory\n", 1),
        ("test -f /etc/hostname && [ -d /etc ] && [ a != b ] && echo yes", "yes\n", "", 0),
        ("[ -z a ] || test -e /nope || [ a = b ] || [ ] || test -n '' || echo none", "none\n", "", 0),
        ("[ 1 -lt 2 ]", "", "test: this is not simulated\n", 2),
        ("echo 'a\nb\nc' | tail -2; echo x | tail -n1 | wc", "b\nc\n1 1 2\n", "", 0),
        ("printf '%s:%d\\n' a 1 b; printf done; printf '%s' '' ; printf 'a\\tb%%'", "a:1\nb:0\ndonea\tb%", "", 0),
        ("printf", "", "printf: usage: printf FORMAT [ARGUMENT...]\n", 2),
        ("command -v bash sh ls cd nope; which nope", "/bin/bash\n/bin/sh\n/bin/ls\ncd\n", "", 127),
        ("command echo hi; exec echo bye; echo no", "hi\nbye\n", "", 0),
        ("exec nope; echo no", "", "sh: exec: nope: not found\n", 127),
        ("sh -c", "", "sh: -c requires an argument\n", 2),
        ("x" * (LONGEST + 1), "", "sh: syntax error: the script is too long\n", 2),
    ],
)
def test_the_shell_runs_what_people_try(script: str, out: str, err: str, code: int) -> None:
    outcome = Shell(BOX).run(script)

    assert (outcome.out, outcome.err, outcome.code) == (out, err, code)


@given(st.text(alphabet=" \t\n;&|<>'\"\\$?{}abcehot=#/-A12", max_size=60))
def test_no_script_is_too_odd_for_the_shell(script: str) -> None:
    outcome = Shell(BOX).run(script)

    assert 0 <= outcome.code < 256


@given(
    st.lists(st.binary(max_size=12) | st.binary(max_size=12).map(lambda typed_: bytes([STDIN]) + typed_), max_size=6)
)
def test_no_frame_is_too_odd_for_a_session(frames: list[bytes]) -> None:
    for tty in (False, True):
        session = Session(BOX, ["sh"], tty=tty, stdin=True)
        answers = [answer for frame in frames for answer in session.take(frame, "")]

        assert {answer[0] for answer in answers} <= {STDOUT, STDERR, RESULT}


def test_variables_cannot_fill_the_memory() -> None:
    outcome = Shell(BOX).run("A=aaaaaaaa;" + "A=$A$A$A$A;" * 40 + "echo $A")

    assert LONGEST - 10 < len(outcome.out) <= LONGEST + 1


def test_files_cannot_fill_the_memory() -> None:
    shell = Shell(BOX)
    shell.run("A=aaaaaaaa; A=$A$A$A$A; A=$A$A$A$A; A=$A$A$A$A; A=$A$A$A$A")
    written = [shell.run(f"echo -n $A > /root/{number}").code for number in range(1200)]
    outcome = shell.run("cat /root/1;" * 5000)

    assert (written[0], written[-1]) == (0, 1)
    assert len(outcome.out) <= MOST + LONGEST
    assert shell.run(f"echo {'$A ' * 1000}").code == 126


def test_a_command_that_does_not_exist_cannot_be_started() -> None:
    _, outcome = start(BOX, ["nope"])

    assert outcome.code == 127
    assert 'exec: "nope": executable file not found' in outcome.err


def run(argv: Sequence[str], *frames: bytes, tty: bool = False, stdin: bool = True) -> list[tuple[int, str]]:
    """What a session answers: the code and the text of each frame."""
    session = Session(BOX, argv, tty=tty, stdin=stdin)
    answers = session.begin("now")
    for frame in frames:
        answers += session.take(frame, "later")
    return [(frame[0], frame[1:].decode()) for frame in answers]


def typed(text: str) -> bytes:
    return bytes([STDIN]) + text.encode()


def test_a_command_writes_and_ends_with_its_code() -> None:
    assert run(["sh", "-c", "echo a; nope"]) == [
        (STDOUT, "a\n"),
        (STDERR, "sh: nope: not found\n"),
        (RESULT, '{"exit_code":127}\n'),
    ]


def test_the_best_shell_there_is_takes_over() -> None:
    best = ["sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash || exec sh"]  # what clients ask for

    assert run(best, typed("exit 3\r"), tty=True) == [
        (STDOUT, "/ # "),
        (STDOUT, "exit 3\r\n"),
        (RESULT, '{"exit_code":3}\n'),
    ]
    assert run(["sh", "-c", "echo hi; exec sh; echo no"], typed("exec bash\n"), typed("echo on\n")) == [
        (STDOUT, "hi\n"),
        (STDOUT, "on\n"),
    ]


def test_a_shell_without_input_is_at_its_end() -> None:
    assert run(["sh"], stdin=False) == [(RESULT, '{"exit_code":0}\n')]


def test_a_piped_shell_reads_lines_and_does_not_prompt() -> None:
    frames = (typed("echo a\nec"), typed("ho b\nexit 4\necho c\n"), typed("echo d\n"))

    assert run(["sh"], *frames) == [(STDOUT, "a\n"), (STDOUT, "b\n"), (RESULT, '{"exit_code":4}\n')]


def test_a_terminal_echoes_and_prompts() -> None:
    assert run(["bash"], typed("echo hi\r"), typed("cd /etc\rnope\r"), tty=True) == [
        (STDOUT, "/ # "),
        (STDOUT, "echo hi\r\nhi\r\n/ # "),
        (STDOUT, "cd /etc\r\n/etc # nope\r\nsh: nope: not found\r\n/etc # "),
    ]


def test_a_terminal_knows_its_keys() -> None:
    assert run(["sh"], typed("xx\x7f\x7f\x7f\x1b[Adate\r"), typed("ls\x03"), typed("\t\x04"), tty=True) == [
        (STDOUT, "/ # "),
        (STDOUT, "xx\b \b\b \bdate\r\nlater\r\n/ # "),
        (STDOUT, "ls^C\r\n/ # "),
        (STDOUT, "\r\n"),
        (RESULT, '{"exit_code":130}\n'),
    ]


def test_a_terminal_has_a_size() -> None:
    frames = (bytes([RESIZE, 0, 120, 0, 40]), bytes([RESIZE, 1]), b"?", b"", typed("stty size\n"))

    assert run(["sh"], *frames) == [(STDOUT, "40 120\n")]


def test_a_character_may_be_cut_in_two_by_a_frame() -> None:
    word = "é".encode()
    frames = (typed("echo "), bytes([STDIN]) + word[:1], bytes([STDIN]) + word[1:], typed("\n"))

    assert run(["sh"], *frames) == [(STDOUT, "é\n")]


def test_a_command_that_vanishes_fails_without_a_word() -> None:
    session = Session(BOX, ["sh"], tty=True, stdin=True)

    assert session.fail() == [bytes([FAILURE])]
    assert session.take(typed("ls\r"), "") == []
