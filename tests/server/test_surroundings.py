"""What the settings make of partners, clock and worker."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.server.domain.jobs import JobName
from reconciler.server.partners.licensing import FileLicensing, HttpLicensing
from reconciler.server.partners.ptt_pro import HttpPttPro
from reconciler.server.partners.simulated import (
    SimulatedLicensing,
    SimulatedMailer,
    SimulatedPttPro,
)
from reconciler.server.partners.smtp import SmtpMailer
from reconciler.server.settings import SettingsError, read_settings
from reconciler.server.store.database import Database
from reconciler.server.surroundings import Rehearsal, connect, open_rehearsal, working
from reconciler.server.usecases.job_table import job_table
from reconciler.server.usecases.partner_ports import Partners
from reconciler.server.usecases.ports import Reach
from tests.server.company import Company

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "secret-6b0d"
SMTP = {"smtp_host": "127.0.0.1", "smtp_from": "pvm@example.org"}


def _no_wait(_seconds: float) -> None:
    raise AssertionError


def test_without_settings_there_are_no_partners(database: Database) -> None:
    assert connect(read_settings(), database, None) == Partners()


def test_settings_name_the_partners(database: Database, tmp_path: Path) -> None:
    given = {
        "ptt_pro_url": "https://ptt.example/api/",
        "ptt_pro_token": SECRET,
        "licensing_url": "https://licenses.example",
        "licensing_token": SECRET,
        "smtp_user": "pvm",
        "smtp_password": SECRET,
        **SMTP,
    }
    found = connect(read_settings(given), database, None)
    assert isinstance(found.ptt_pro, HttpPttPro)
    assert (found.ptt_pro.partner.url, found.ptt_pro.partner.token) == (
        "https://ptt.example/api/",
        SECRET,
    )
    assert isinstance(found.licensing, HttpLicensing)
    assert found.licensing.partner.token == SECRET
    assert isinstance(found.mailer, SmtpMailer)
    assert found.mailer.account.password == SECRET
    assert SECRET not in repr(found)
    file = tmp_path / "licenses.yaml"
    file.write_text("acme: []\n", encoding="utf-8")
    by_file = connect(read_settings({"licensing_file": file}), database, None)
    assert by_file.licensing == FileLicensing(file)


def test_a_file_of_entitlements_is_checked_at_the_start(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "licenses.yaml"
    file.write_text("acme: [1]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"PVM_SERVER_LICENSING_FILE: licenses.yaml:1:8: "):
        connect(read_settings({"licensing_file": file}), database, None)


def test_a_rehearsal_has_simulators_whatever_else_is_set(database: Database) -> None:
    rehearsal = Rehearsal(lambda: NOW, timedelta(0), _no_wait)
    settings = read_settings({"sim": True, "ptt_pro_url": "https://ptt.example"})
    found = connect(settings, database, rehearsal)
    assert isinstance(found.ptt_pro, SimulatedPttPro)
    assert isinstance(found.licensing, SimulatedLicensing)
    assert isinstance(found.mailer, SimulatedMailer)
    mailing = connect(read_settings({"sim": True, **SMTP}), database, rehearsal)
    assert isinstance(mailing.mailer, SmtpMailer)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"licensing_url": "https://x.example", "licensing_file": "x"}, "LICENSING_FILE"),
        ({"smtp_host": "mail.example"}, "SMTP_FROM"),
        ({**SMTP, "smtp_user": "pvm"}, "SMTP_USER"),
        ({**SMTP, "smtp_password": SECRET}, "SMTP_USER"),
        ({"license_sync_at": "02:00+01:00"}, "LICENSE_SYNC_AT"),
        ({"license_sync_at": "25:00"}, "LICENSE_SYNC_AT"),
        ({"ptt_pro_url": f"https://user:{SECRET}@ptt.example"}, "PTT_PRO_URL"),
        ({"licensing_url": "file:///etc/passwd"}, "LICENSING_URL"),
        ({**SMTP, "smtp_from": "nobody"}, "SMTP_FROM"),
        ({**SMTP, "smtp_tls": "maybe"}, "SMTP_TLS"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=f"PVM_SERVER_{named}") as caught:
        read_settings(given)
    assert SECRET not in str(caught.value)


def test_a_rehearsals_clock_goes_on_where_it_was(database: Database) -> None:
    real = [NOW]
    first = open_rehearsal(database, lambda: real[0], _no_wait)
    assert first() == NOW
    assert first.move_clock(NOW + timedelta(days=30)) == timedelta(days=30)
    assert first.move_clock(NOW) == timedelta(days=30), "never back"
    real[0] += timedelta(hours=1)
    assert first() == NOW + timedelta(days=30, hours=1)
    database.write(Reach.VENDOR, lambda tx: tx.simulated.put("clock", "ahead", "2592000000"))
    second = open_rehearsal(database, lambda: real[0], _no_wait)
    assert second() == first()


def test_jobs_depend_on_the_partners_that_are_there(company: Company) -> None:
    always = {
        JobName.HOUSEKEEPING,
        JobName.LICENSE_SNAPSHOT,
        JobName.PTT_PRO_REMOVAL,
        JobName.PVM_LICENSE_RELEASE,
    }
    assert set(job_table(company.world)) == always


def test_a_worker_has_every_job_and_takes_the_days_snapshot_at_once(company: Company) -> None:
    with working(company.world, read_settings()):
        with company.world.store.read(Reach.VENDOR) as tx:
            states = {state.job: state for state in tx.jobs.states(company.clock())}
        assert set(states) == set(job_table(company.world))
        snapshot, sweep = states[JobName.LICENSE_SNAPSHOT], states[JobName.HOUSEKEEPING]
        assert snapshot.next_at <= company.clock() or snapshot.last_run is not None
        assert sweep.next_at > company.clock()
        assert sweep.last_run is None


def test_jobs_may_be_switched_off_in_a_process(company: Company) -> None:
    with working(company.world, read_settings({"jobs": False})):
        pass
    with company.world.store.read(Reach.VENDOR) as tx:
        assert tx.jobs.states(company.clock()) == []
