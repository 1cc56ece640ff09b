"""`flask accounts import`: people keep their passwords, and a file with a fault changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bcrypt
import pytest

from tests.admin.console import events
from tests.cli.test_account_commands import run
from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, Person, make_account, sign_in_by_api
from tests.page_client import PageClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

PASSWORD = "four lamps in the harbour"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
HEADER = "username,email,password_hash"


def write(folder: Path, *lines: str) -> str:
    file = folder / "people.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def stored_hash_of(app: Flask, username: str) -> str:
    from webapp.accounts.service import find_by_identifier
    from webapp.infra.database import unit_of_work

    with app.app_context(), unit_of_work(writes=False):
        account = find_by_identifier(username)
        return "" if account is None else account.password_hash or ""


@pytest.mark.database
def test_imported_person_signs_in_with_the_password_they_had(app: Flask, tmp_path: Path) -> None:
    ran = run(app, "accounts", "import", write(tmp_path, HEADER, f"mara,mara@example.org,{HASH}"))
    assert (ran.exit_code, "1 account stored." in ran.stdout) == (0, True)
    assert sign_in_by_api(app.test_client(), Person("", "mara", "mara@example.org", PASSWORD))


@pytest.mark.database
def test_first_sign_in_of_an_imported_person_is_told_at_their_verified_address(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_app(SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="latchkey@example.org")
    lines = [f"mara,mara@example.org,{HASH},true", f"noor,noor@example.org,{HASH},false"]
    run(app, "accounts", "import", write(tmp_path, f"{HEADER},email_verified", *lines))
    for name in ("mara", "noor"):
        client = app.test_client()
        for _ in range(2):
            sign_in_by_api(client, Person("", name, f"{name}@example.org", PASSWORD))
    (letter,) = letters_to(app, "mara@example.org")
    assert "on a device that was not known before" in letter.paragraphs[0]
    assert "/not-me/" in letter.others[0][1]
    assert letters_to(app, "noor@example.org") == []
    assert len(events(app, "device.first_seen")) == 2


def test_imported_person_who_chose_a_password_here_signs_in_without_a_letter(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_app(SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="latchkey@example.org")
    run(
        app,
        *("accounts", "import"),
        write(tmp_path, f"{HEADER},email_verified", f"mara,mara@example.org,{HASH},yes"),
    )
    pages = PageClient(app.test_client())
    pages.get("/forgot-password")
    pages.submit("/forgot-password", username="mara")
    pages.get(link_in(letters_to(app, "mara@example.org")[0]))
    pages.submit(password=OTHER_PASSWORD)
    sign_in_by_api(app.test_client(), Person("", "mara", "mara@example.org", OTHER_PASSWORD))
    assert letters_to(app, "mara@example.org", kind="new_device") == []


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_every_variant_of_bcrypt_that_others_write_is_read(app: Flask, tmp_path: Path, prefix: str) -> None:
    run(app, "accounts", "import", write(tmp_path, HEADER, f"mara,mara@example.org,{prefix}{HASH[4:]}"))
    assert sign_in_by_api(app.test_client(), Person("", "mara", "mara@example.org", PASSWORD))


def test_imported_hash_itself_is_stored_nowhere_and_is_replaced_at_the_first_sign_in(
    app: Flask, tmp_path: Path
) -> None:
    run(app, "accounts", "import", write(tmp_path, HEADER, f"mara,mara@example.org,{HASH}"))
    wrapped = stored_hash_of(app, "mara")
    sign_in_by_api(app.test_client(), Person("", "mara", "mara@example.org", PASSWORD))
    renewed = stored_hash_of(app, "mara")
    assert HASH[29:] not in wrapped
    assert ("|" in wrapped, "|" in renewed, renewed[:4]) == (True, False, "$2b$")


def test_wrong_password_of_an_imported_account_is_refused_as_any_other(app: Flask, tmp_path: Path) -> None:
    run(app, "accounts", "import", write(tmp_path, HEADER, f"mara,mara@example.org,{HASH}"))
    body = {"username": "mara", "password": "not this one at all"}
    answer = app.test_client().post("/api/v1/login", json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_credentials")


def test_password_beyond_what_bcrypt_reads_still_opens_an_imported_account(
    app: Flask, tmp_path: Path
) -> None:
    long = "a lantern for every step " * 4
    hashed = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    run(app, "accounts", "import", write(tmp_path, HEADER, f"mara,mara@example.org,{hashed}"))
    assert sign_in_by_api(app.test_client(), Person("", "mara", "mara@example.org", long))


@pytest.mark.database
def test_dry_run_says_what_would_happen_and_stores_nothing(app: Flask, tmp_path: Path) -> None:
    file = write(tmp_path, HEADER, f"mara,mara@example.org,{HASH}")
    ran = run(app, "accounts", "import", "--dry-run", file)
    assert (ran.exit_code, stored_hash_of(app, "mara"), events(app, "accounts.imported")) == (0, "", [])
    assert ran.stdout.splitlines() == [
        "1 line: 1 new account, 0 there already, 0 refused.",
        "Nothing was stored.",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a b,a@example.org,HASH", "Use 2 to 40"),
        ("ada,nowhere,HASH", "Write an address"),
        ("ada,a@example.org,5f4dcc3b5aa765d61d8327deb882cf99", "not one of bcrypt"),
        ("ada,a@example.org,HASH,surplus", "4 values"),
        ("ada,a@example.org", "2 values"),
        ("taken,a@example.org,HASH", "is taken"),
        ("mara,a@example.org,HASH", "on line 2 already"),
        ("\u212aelvin,a@example.org,HASH", "Use 2 to 40"),
        ("ada,a@example.org,$2b$99$" + "x" * 53, "not one of bcrypt"),
        ("ada,a@example.org,$2b$31$" + "x" * 53, "has 31 rounds. Raise BCRYPT_ROUNDS"),
    ],
)
def test_one_faulty_line_keeps_all_from_being_stored_and_is_told(
    app: Flask, tmp_path: Path, line: str, told: str
) -> None:
    make_account(app, "taken")
    lines = (f"mara,mara@example.org,{HASH}", line.replace("HASH", HASH))
    ran = run(app, "accounts", "import", write(tmp_path, HEADER, *lines))
    assert (ran.exit_code, stored_hash_of(app, "mara")) == (1, "")
    assert "Line 3: " in ran.stderr
    assert told in ran.stderr
    assert HASH not in ran.output


def test_good_lines_are_stored_where_faulty_ones_may_be_passed_over(app: Flask, tmp_path: Path) -> None:
    lines = ("a b,x@example.org,-", f"mara,mara@example.org,{HASH}")
    ran = run(app, "accounts", "import", "--skip-faulty", write(tmp_path, HEADER, *lines))
    assert (ran.exit_code, stored_hash_of(app, "mara") != "") == (0, True)


@pytest.mark.database
def test_import_that_is_repeated_passes_over_what_is_there(app: Flask, tmp_path: Path) -> None:
    file = write(tmp_path, HEADER, f"mara,mara@example.org,{HASH}", f"noor,noor@example.org,{HASH}")
    run(app, "accounts", "import", file)
    ran = run(app, "accounts", "import", file)
    assert (ran.exit_code, ran.stdout.splitlines()[0]) == (
        0,
        "2 lines: 0 new accounts, 2 there already, 0 refused.",
    )


def test_verified_address_that_has_an_owner_is_refused(app: Flask, tmp_path: Path) -> None:
    make_account(app, "ada")
    line = f"mara,ADA@example.org,{HASH},yes"
    ran = run(app, "accounts", "import", write(tmp_path, f"{HEADER},email_verified", line))
    assert (ran.exit_code, "Another account has verified this address." in ran.stderr) == (1, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "missing: username, email, password_hash"),
        (b"name,email\n", "missing: username, password_hash"),
        (b"username,email,password_hash,is_admin\n", "not known: is_admin"),
        (b"username,username,email,password_hash\n", "names a column twice"),
        (b'username,email,password_hash\n"ada', "not CSV"),
        (b"\xff\xfe\x00\x01", "not text in UTF-8"),
    ],
)
def test_file_that_is_no_such_table_is_refused_in_one_line(
    app: Flask, tmp_path: Path, content: bytes, told: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    ran = run(app, "accounts", "import", str(file))
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (1, 1)
    assert told in ran.stderr
