"""People, their sessions, and how often something may be tried."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.doubles.chain import Chain
from tests.doubles.sale_log import PASSWORD, add_person
from till.domain.secret import Secret
from till.hub import limits, people, sessions
from till.hub.database import Database
from till.hub.limits import Limit
from till.hub.people import Person, PersonRefused, Role

THREE = Limit("test", 3)


@pytest.fixture
def chain(database: Database) -> Chain:
    return Chain(database)


def signed_in(chain: Chain, token: Secret) -> Person | None:
    now = chain.clock.now()
    found = chain.database.read(lambda transaction: sessions.signed_in(transaction, token.reveal(), now))
    return found[0] if found else None


def begin(chain: Chain, person: Person) -> Secret:
    return chain.database.write(lambda transaction: sessions.begin(transaction, person.id, chain.clock.now()))


def use(chain: Chain, token: Secret) -> None:
    chain.database.write(lambda transaction: sessions.note_use(transaction, token.reveal(), chain.clock.now()))


def test_a_password_is_kept_as_a_digest_with_its_own_salt(chain: Chain) -> None:
    first, second = (people.kept_password(Secret(PASSWORD)) for _ in range(2))
    assert first.salt != second.salt
    assert first.digest != second.digest
    add_person(chain, "Kari", Role.OWNER)
    assert PASSWORD not in repr(chain.database.read(lambda transaction: transaction.run("select * from person")))


def test_the_right_password_is_right_and_none_is_right_for_nobody(chain: Chain) -> None:
    add_person(chain, "Kari Nordmann", Role.OWNER)
    found = chain.database.read(lambda transaction: people.password_of(transaction, " kari NORDMANN "))
    assert found is not None
    assert people.is_right(Secret(PASSWORD), found[1])
    assert not people.is_right(Secret(PASSWORD + " "), found[1])
    assert not people.is_right(Secret(""), None)


@pytest.mark.parametrize(
    ("name", "role", "store", "reason"),
    [
        ("", Role.OWNER, None, "name"),
        ("x" * 61, Role.OWNER, None, "name"),
        ("a\nb", Role.OWNER, None, "name"),
        ("KARI", Role.OWNER, None, "taken"),
        ("Ola", Role.CASHIER, None, "store"),
        ("Ola", Role.MANAGER, "nowhere", "store"),
    ],
)
def test_who_cannot_be_added_is_told_why(chain: Chain, name: str, role: Role, store: str | None, reason: str) -> None:
    add_person(chain, "Kari", Role.OWNER)
    with pytest.raises(PersonRefused) as refused:
        add_person(chain, name, role, store)
    assert refused.value.reason == reason


def test_a_short_password_is_refused() -> None:
    with pytest.raises(PersonRefused, match="password"):
        people.kept_password(Secret("short"))


def test_the_last_owner_stays(chain: Chain) -> None:
    kari = add_person(chain, "Kari", Role.OWNER)
    with pytest.raises(PersonRefused, match="last_owner"):
        chain.database.write(lambda transaction: people.remove_person(transaction, kari.id))
    add_person(chain, "Ola", Role.OWNER)
    token = begin(chain, kari)
    chain.database.write(lambda transaction: people.remove_person(transaction, kari.id))
    assert signed_in(chain, token) is None


def test_a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours_with(chain: Chain) -> None:
    kari = add_person(chain, "Kari", Role.OWNER)
    idle, busy = begin(chain, kari), begin(chain, kari)
    chain.clock.turn(29 * 60)
    assert signed_in(chain, idle) == kari
    use(chain, busy)
    chain.clock.turn(60)
    assert signed_in(chain, idle) is None
    for _ in range(27):
        chain.clock.turn(25 * 60)
        assert signed_in(chain, busy) == kari
        use(chain, busy)
    chain.clock.turn(25 * 60)
    assert signed_in(chain, busy) is None


def test_sessions_end_everywhere_when_the_password_changes(chain: Chain) -> None:
    kari, ola = add_person(chain, "Kari", Role.OWNER), add_person(chain, "Ola", Role.OWNER)
    phone, desk, other = begin(chain, kari), begin(chain, kari), begin(chain, ola)
    kept = people.kept_password(Secret("another long one"))
    chain.database.write(lambda transaction: people.change_password(transaction, kari.id, kept))
    assert signed_in(chain, phone) is None
    assert signed_in(chain, desk) is None
    assert signed_in(chain, other) == ola


def test_a_session_s_token_is_not_in_the_database(chain: Chain) -> None:
    token = begin(chain, add_person(chain, "Kari", Role.OWNER))
    rows = chain.database.read(lambda transaction: transaction.run("select * from session"))
    assert token.reveal() not in repr(rows)


def test_old_sessions_and_attempts_are_swept(chain: Chain) -> None:
    begin(chain, add_person(chain, "Kari", Role.OWNER))
    chain.database.write(lambda transaction: limits.attempt(transaction, THREE, "kari", chain.clock.now()))
    chain.clock.turn(3600)
    chain.database.write(lambda transaction: sessions.forget_old(transaction, chain.clock.now()))
    chain.database.write(lambda transaction: limits.forget_old(transaction, chain.clock.now()))
    for table in ("session", "attempt"):
        assert chain.database.read(lambda transaction, name=table: transaction.run(f"select * from {name}")) == []


def test_a_form_s_token_belongs_to_one_cookie() -> None:
    assert sessions.is_form_of("one", sessions.form_token("one"))
    assert not sessions.is_form_of("two", sessions.form_token("one"))
    assert not sessions.is_form_of("one", "æ")


def test_too_many_attempts_are_refused_until_a_quarter_of_an_hour_has_passed(chain: Chain) -> None:
    def attempt(subject: str) -> bool:
        now = chain.clock.now()
        return chain.database.write(lambda transaction: limits.attempt(transaction, THREE, subject, now))

    assert [attempt("kari") for _ in range(4)] == [True, True, True, False]
    assert attempt("ola")
    chain.clock.turn(15 * 60)
    assert attempt("kari")


def test_attempts_are_counted_together_however_many_try_at_once(chain: Chain) -> None:
    def attempt(_: int) -> bool:
        now = chain.clock.now()
        return chain.database.write(lambda transaction: limits.attempt(transaction, THREE, "kari", now))

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(attempt, range(24)))
    assert allowed == THREE.most


def test_an_attempt_that_turned_out_well_is_not_counted(chain: Chain) -> None:
    now = chain.clock.now()
    for _ in range(10):
        assert chain.database.write(lambda transaction: limits.attempt(transaction, THREE, "kari", now))
        chain.database.write(lambda transaction: limits.forgive(transaction, THREE, "kari"))


def test_what_is_counted_is_not_readable(chain: Chain) -> None:
    chain.database.write(lambda transaction: limits.attempt(transaction, THREE, "kari", chain.clock.now()))
    assert "kari" not in repr(chain.database.read(lambda transaction: transaction.run("select * from attempt")))
